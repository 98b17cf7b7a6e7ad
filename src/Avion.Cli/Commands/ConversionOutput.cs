namespace Avion.Cli;

/// <summary>What `avion convert` says of what it did.</summary>
internal static class ConversionOutput
{
    public static void WriteText(ConversionReport report, string input, string output, string to)
    {
        Console.Out.WriteLine($"{output}: {report.TensorCount} tensors, from {report.Family}");
        if (report.Skipped.Count > 0)
        {
            Console.Error.WriteLine($"Passed over {report.Skipped.Count} members of '{input}' that are no weights: "
                + $"{SkippedMember.Describe(report.Skipped)}.");
        }

        if (to == "avion" && report.Architecture is null)
        {
            Console.Error.WriteLine("The weights are not those of a whole model that Avion knows, so the file does not describe one: "
                + "begin a model of your own configuration with them by model.initialize_from.");
        }
        else if (to == "avion")
        {
            Console.Out.WriteLine($"{Describe(report.Architecture!)}; pixels '{report.Architecture!.Normalization.Name}'"
                + (report.Tokenizer is null ? "" : $"; vocabulary {report.Tokenizer}"));
        }

        if (to is not ("avion" or "safetensors" or "torch") && NoteOf(report.Architecture) is { } note)
        {
            Console.Error.WriteLine(note);
        }
    }

    public static void WriteJson(ConversionReport report, string input, string output, string to) => JsonOutput.Write(json =>
    {
        json.WriteString("input", input);
        json.WriteString("output", output);
        json.WriteString("to", to);
        json.WriteString("family", WeightFamilies.NameOf(report.Family));
        json.WriteNumber("tensors", report.TensorCount);
        json.WriteString("tokenizer", report.Tokenizer);
        json.WriteStartObject("model");
        foreach (ModelFact fact in report.Architecture is { } architecture ? ModelFacts.Of(architecture) : [])
        {
            json.WriteString(fact.Name, fact.Value);
        }

        json.WriteEndObject();
        json.WriteStartArray("skipped");
        foreach (SkippedMember member in report.Skipped)
        {
            json.WriteStringValue(member.ToString());
        }

        json.WriteEndArray();
    });

    /// <summary>What other programs do not read in the file although results depend on it.</summary>
    private static string? NoteOf(ModelArchitecture? architecture) =>
        (architecture?.DualEncoder?.Vision ?? architecture?.VideoClassifier?.Vision) is { } vision
            ? string.Create(CultureInfo.InvariantCulture,
                $"Other programs do not read in the file how its model computes: {ModelFacts.Of(vision.Gelu)} GELU, {vision.HeadCount} "
                    + $"heads, ")
                + string.Create(CultureInfo.InvariantCulture,
                    $"norm epsilon {vision.LayerNormEpsilon}, pixels '{architecture!.Normalization.Name}'. "
                        + $"Tell them; Avion reads it there.")
            : null;

    private static string Describe(ModelArchitecture architecture) => architecture switch
    {
        { DualEncoder: { } encoder } => $"{Describe(encoder.Vision)}; text {encoder.Text.Width}x{encoder.Text.LayerCount}",
        { VideoClassifier: { } classifier } =>
            $"{Describe(classifier.Vision)}; "
                + $"{string.Join(", ", classifier.Heads.Select(head => $"{head.Name} of {head.ClassCount} classes"))}",
        { VideoMae: { } autoencoder } => $"{Describe("VideoMAE", autoencoder.Encoder, autoencoder.Tubelets)}; "
            + $"decoder {autoencoder.Decoder.Width}x{autoencoder.Decoder.LayerCount}",
        { VideoMaeClassifier: { } classifier } =>
            $"{Describe("VideoMAE classifier", classifier.Encoder, classifier.Tubelets)}; {classifier.ClassCount} classes",
        _ => architecture.Kind,
    };

    private static string Describe(VisionConfig vision) => $"ViT {vision.Width}x{vision.LayerCount}, patch {vision.PatchSize}, "
        + $"{vision.ImageSize} px, {vision.FrameCount} frames, {vision.Gelu} GELU";

    private static string Describe(string name, TransformerSize size, TubeletConfig tubelets) => $"{name} {size.Width}x{size.LayerCount}, "
        + $"patch {tubelets.PatchSize}, {tubelets.ImageSize} px, {tubelets.FrameCount} frames";
}
