namespace Avion.Cli;

/// <summary>The classifier that a command line asks for: labels with templates for a dual encoder, a model's own heads otherwise.</summary>
internal static class ClassifierChoice
{
    /// <summary>What a label is put into where no template is named.</summary>
    public const string UsualTemplate = "a video of {}.";

    private const int Told = 5;

    /// <summary>Makes it.</summary>
    /// <param name="extractor">The model.</param>
    /// <param name="labels">Files of `--labels`.</param>
    /// <param name="templates">What `--templates` names.</param>
    /// <param name="vocabulary">The merges file of `--vocabulary`; null for the model's own.</param>
    /// <param name="tell">Told what a user should know of the labels.</param>
    /// <param name="cancellation">Stops between batches of texts.</param>
    /// <exception cref="UsageException">Labels and model do not fit.</exception>
    public static ClipClassifier Make(FeatureExtractor extractor, IReadOnlyList<string> labels, IReadOnlyList<string> templates,
        string? vocabulary, Action<string> tell, CancellationToken cancellation) => RefusedStart.Run(() => extractor.ReadsText
            ? ByNames(extractor, labels, templates, vocabulary, tell, cancellation) : Trained(extractor, labels, templates));

    /// <summary>What the probabilities are, as a sentence.</summary>
    public static string WordOn(ClipClassifier classifier) => classifier.IsZeroShot
        ? string.Create(CultureInfo.InvariantCulture,
            $"Probabilities are shares among {Quantity.Count(classifier.Heads[0].ClassCount, "label")} ")
            + string.Create(CultureInfo.InvariantCulture, $"(softmax of {classifier.Scale:0.##} x cosine, ")
            + "the model's own scale): which label fits best, not how likely it is that any does. The cosine tells how well one fits."
        : "Probabilities are the softmax of the logits: shares among the classes of the training, not calibrated.";

    private static ClipClassifier Trained(FeatureExtractor extractor, IReadOnlyList<string> labels, IReadOnlyList<string> templates)
    {
        if (templates.Count > 0)
        {
            throw new UsageException($"'{extractor.ModelPath}' holds a classifier, which was trained on its classes and reads no text; "
                + "leave --templates out.");
        }

        return ClipClassifier.Trained(extractor, labels.Count > 0 ? ClipAnnotations.ReadClasses(labels) : null, "--labels");
    }

    private static ClipClassifier ByNames(FeatureExtractor extractor, IReadOnlyList<string> labels, IReadOnlyList<string> templates,
        string? vocabulary, Action<string> tell, CancellationToken cancellation)
    {
        if (labels is not [string only])
        {
            throw new UsageException(labels.Count == 0
                ? $"'{extractor.ModelPath}' holds a dual encoder, which knows no classes of its own: name them with --labels FILE, "
                    + "one a line."
                : $"--labels is given {labels.Count} times; '{extractor.ModelPath}' holds a dual encoder, which takes one file of labels.");
        }

        LabelLines lines = LabelLines.Read(only);
        Tell([.. lines.Notes], "more notes on labels.", tell);
        ZeroShotClasses classes = new(new ClassList("label", lines.Names),
            ZeroShotClasses.ReadTemplates(templates.Count > 0 ? templates : [UsualTemplate], "--templates", tell));
        BytePairTokenizer tokenizer = extractor.OpenTokenizer(vocabulary);
        string[] notes = [.. Enumerable.Range(0, lines.Names.Count).Select(number => NoteOf(extractor, tokenizer, lines, classes, number))
            .OfType<string>()];
        Tell(notes, "more labels are too long or have no words.", tell);
        if (lines.Names.Count == 1)
        {
            tell($"There is one label: its share is 1 whatever a clip shows. Only its cosine tells anything.");
        }

        return ClipClassifier.ByNames(extractor, classes, tokenizer, cancellation);
    }

    /// <summary>What is wrong with a label; null for nothing.</summary>
    private static string? NoteOf(FeatureExtractor extractor, BytePairTokenizer tokenizer, LabelLines lines, ZeroShotClasses classes,
        int number) =>
        extractor.Read(tokenizer, lines.Names[number].Replace('_', ' ')).IsEmpty
            ? $"{lines.PlaceOf(number)}: '{lines.Names[number]}' has no words."
            : classes.TextsOf(number).Select(text => extractor.Read(tokenizer, text)).FirstOrDefault(reading => reading.IsCut) is { } cut
                ? $"{lines.PlaceOf(number)}: {cut.Note}" : null;

    private static void Tell(string[] notes, string rest, Action<string> tell)
    {
        foreach (string note in notes.Take(Told))
        {
            tell(note);
        }

        if (notes.Length > Told)
        {
            tell($"{notes.Length - Told} {rest}");
        }
    }
}
