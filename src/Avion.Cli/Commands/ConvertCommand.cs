namespace Avion.Cli;

/// <summary>`avion convert IN OUT --to FORMAT`: weights of other programs become Avion's, and the other way round.</summary>
internal static class ConvertCommand
{
    private static readonly Dictionary<string, WeightFamily> s_families = new()
    {
        ["avion"] = WeightFamily.Avion, ["avion-plain"] = WeightFamily.AvionPlain, ["openai"] = WeightFamily.OpenAi,
        ["open_clip"] = WeightFamily.OpenClip, ["lavila"] = WeightFamily.LaviLa, ["videomae"] = WeightFamily.VideoMae,
    };

    public static Command Create()
    {
        Argument<string> input = new("IN")
        {
            Description = "Weights: safetensors, or PyTorch's .pt, .pth, .bin; or a checkpoint or run folder.",
        };
        Argument<string> output = new("OUT") { Description = "The file to write." };
        Option<string> to = new("--to")
        {
            Description = "avion: Avion's own checkpoint. avion-torch: the reference's, with state_dict and args. "
                + "openai, open_clip, videomae: that program's names, for torch.load. safetensors, torch: the file format alone.",
            Required = true,
        };
        to.AcceptOnlyFromAmong("avion", "avion-torch", "openai", "open_clip", "videomae", "safetensors", "torch");
        Option<string?> from = new("--from") { Description = "Family of the input; known by its names if left out." };
        from.AcceptOnlyFromAmong([.. s_families.Keys]);
        Option<string?> gelu = new("--gelu")
        {
            Description = "What the weights were trained with: erf, quick or tanh; the family's if left out.",
        };
        gelu.AcceptOnlyFromAmong("erf", "quick", "tanh");
        Option<string?> normalization = new("--normalization")
        {
            Description = "Pixels' normalization that the weights were trained with.",
        };
        normalization.AcceptOnlyFromAmong([.. PixelNormalization.Known.Select(known => known.Name)]);
        Option<int?> frames = new("--frames") { Description = "Frames of a clip of VideoMAE, whose weights do not tell; 16 if left out." };
        Option<int?> imageSize = new("--image-size")
        {
            Description = "Height and width of a frame of VideoMAE in pixels; 224 if left out.",
        };
        Option<bool> singleFrame = new("--single-frame")
        {
            Description = "Leave the time embedding out and add its mean to the positions, for programs that read single pictures.",
        };
        Command command = new("convert", "Convert weights between Avion, CLIP, open_clip, VideoMAE and file formats.")
        {
            input, output, to, from, gelu, normalization, frames, imageSize, singleFrame,
        };
        command.SetAction(parsed => Run(parsed.GetValue(input)!, parsed.GetValue(output)!, parsed.GetValue(to)!, new ConversionOptions
        {
            From = parsed.GetValue(from) is { } name ? s_families[name] : null,
            Gelu = parsed.GetValue(gelu) switch { "erf" => GeluKind.Erf, "quick" => GeluKind.Quick, "tanh" => GeluKind.Tanh, _ => null },
            Normalization = parsed.GetValue(normalization) is { } set ? PixelNormalization.Get(set) : null,
            FrameCount = parsed.GetValue(frames),
            ImageSize = parsed.GetValue(imageSize),
            MakesSingleFrame = parsed.GetValue(singleFrame),
        }));
        return command;
    }

    private static int Run(string input, string output, string to, ConversionOptions options)
    {
        if (Path.GetFullPath(input) == Path.GetFullPath(output))
        {
            throw new UsageException("IN and OUT are the same file; give another name to write.");
        }

        input = WeightsOf(input);
        if (Directory.Exists(output))
        {
            throw new UsageException($"OUT '{output}' is a folder; give the name of the file to write.");
        }

        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(output))))
        {
            throw new UsageException($"OUT '{output}': there is no folder '{Path.GetDirectoryName(output)}'; make it first.");
        }

        if (options.MakesSingleFrame && (to is "avion" or "safetensors" or "torch" or "videomae"))
        {
            throw new UsageException($"--single-frame goes with --to openai, open_clip or avion-torch, not with --to {to}.");
        }

        ConversionReport report = to switch
        {
            "avion" => WeightConversion.ToAvion(input, output, options),
            "safetensors" => WeightConversion.Repack(input, output, toTorch: false),
            "torch" => WeightConversion.Repack(input, output, toTorch: true),
            "avion-torch" => WeightConversion.ToTorch(input, output, WeightFamily.Avion, options),
            _ => WeightConversion.ToTorch(input, output, s_families[to], options),
        };
        Console.Out.WriteLine($"{output}: {report.TensorCount} tensors, from {report.Family}");
        if (report.Skipped.Count > 0)
        {
            Console.Error.WriteLine($"Passed over {report.Skipped.Count} members of '{input}' that are no weights: "
                + $"{SkippedMember.Describe(report.Skipped)}.");
        }

        if (to == "avion" && report.Architecture is null)
        {
            Console.Error.WriteLine("The weights are not those of a whole model that Avion knows, so the file does not describe one: "
                + "load it in part into a model of your own configuration.");
        }
        else if (to == "avion")
        {
            Console.Out.WriteLine($"{Describe(report.Architecture!)}; pixels '{report.Architecture!.Normalization.Name}'");
        }

        if (to is not "avion" and not "safetensors" && LossNote(report.Architecture, output) is { } note)
        {
            Console.Error.WriteLine(note);
        }

        return ExitCode.Ok;
    }

    /// <summary>The file of weights that a path names: itself, or that of a checkpoint or of a run's best checkpoint.</summary>
    private static string WeightsOf(string path)
    {
        if (!Directory.Exists(path))
        {
            return File.Exists(path) ? path : throw new UsageException($"There is no file '{path}'.");
        }

        string beside = Path.Combine(path, Checkpoint.FileName);
        return File.Exists(beside) ? beside : Path.Combine(CheckpointStore.Find(path), Checkpoint.FileName);
    }

    /// <summary>What other programs' files do not say although results depend on it.</summary>
    private static string? LossNote(ModelArchitecture? architecture, string output) =>
        (architecture?.DualEncoder?.Vision ?? architecture?.VideoClassifier?.Vision) is { } vision
            ? $"The file does not say how its model computes: {vision.Gelu} GELU, pixels '{architecture!.Normalization.Name}'. Tell the program that loads it; "
                + $"on the way back: avion convert {output} OUT --to avion --gelu {vision.Gelu.ToString().ToLowerInvariant()} --normalization {architecture.Normalization.Name}"
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
