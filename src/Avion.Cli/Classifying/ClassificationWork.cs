namespace Avion.Cli;

/// <summary>What one `avion classify` asks for.</summary>
internal sealed record ClassificationWork
{
    public required ModelChoice Model { get; init; }

    public required string[] Videos { get; init; }

    public required string? Root { get; init; }

    public required WindowRule Rule { get; init; }

    public required FollowOptions? Follow { get; init; }

    public required string[] Labels { get; init; }

    public required string[] Templates { get; init; }

    public required int Top { get; init; }

    public required string? Output { get; init; }

    public required bool Replaces { get; init; }

    public required bool AsJson { get; init; }

    public int Run(CancellationToken cancellation)
    {
        using ProgressDisplay display = new();
        Check();
        (ClipTable Clips, VideoStore Store)? named = Follow is null ? NamedClips.Read(Videos, Root) : null;
        using OpenModel model = Model.Open(display.Line);
        FeatureExtractor extractor = model.Extractor;
        ClipClassifier classifier = ClassifierChoice.Make(extractor, Labels, Templates, Model.Vocabulary, display.Line, cancellation);
        ClassifiedClipWriter writer = new(classifier);
        using PredictionFile? file = Output is null ? null : new PredictionFile(Output, writer, Follow is not null);
        if (Follow is { } follow)
        {
            return Watch(extractor, classifier, writer, file, follow, display, cancellation);
        }

        ClassificationReport report = new(extractor, classifier, model.Choice) { Output = Output };
        Classify(extractor, classifier, named!.Value.Clips, named.Value.Store, clip =>
        {
            file?.Add(clip);
            report.Add(clip);
        }, display, cancellation);
        file?.Complete();
        display.Dispose();
        return NamedClips.ExitCodeOf(named.Value.Store, report.Write(AsJson));
    }

    private void Check()
    {
        if (Videos.Length == 0)
        {
            throw new UsageException("There is nothing to classify: name videos, a folder or a list of annotations.");
        }

        if (Videos.FirstOrDefault(video => ZeroShotClasses.HasPlace(video) && !Path.Exists(video)) is { } template)
        {
            throw new UsageException($"'{template}' stands where videos are named: --templates takes one text, and is given again for each "
                + $"other, --templates \"{template}\".");
        }

        Model.RequireFiles();
        Array.ForEach(Labels, path => NamedPath.Require(path, "a file with a label on each line"));
        if (Output is not null)
        {
            PredictionFile.Check(Output, Replaces);
        }

        if (Follow is not null)
        {
            _ = FollowOption.PathOf(Videos, Root, Rule.IsWhole);
            if (Model.Reading.Views > 1)
            {
                throw new UsageException("--follow takes one view of a window; leave --crops and --views out.");
            }
        }
    }

    private void Classify(FeatureExtractor extractor, ClipClassifier classifier, ClipTable clips, VideoStore store,
        Action<ClassifiedClip> take, ProgressDisplay display, CancellationToken cancellation)
    {
        ClipWindows windows = NamedClips.Cut(clips, store, Rule, Model.Reading.DecodeThreads, display, cancellation);
        foreach (BadVideo bad in windows.Bad)
        {
            take(new ClassifiedClip(bad.Name, ClipSpan.Whole, [], bad.Reason));
        }

        if (windows.Table.Count == 0)
        {
            return;
        }

        using FeatureStream stream = new(extractor, windows, Model.Reading);
        using ClipExtents extents = new(store, static () => new VideoClipSource());
        while (stream.Next(cancellation) is { } batch)
        {
            for (int row = 0; row < batch.Rows.Count; row++)
            {
                int at = row;
                FeatureRow clip = batch.Rows[row];
                take(new ClassifiedClip(clip.File, extents.Of(clip.File, clip.Span),
                    [.. classifier.Heads.Select((_, head) => classifier.Likeliest(head, batch.Values(head, at), Top))]));
            }

            foreach (UnreadableClip bad in batch.Unreadable)
            {
                take(new ClassifiedClip(bad.Row.File, bad.Row.Span, [], bad.Reason));
            }

            ClipProgress.ShowClips(display, "classify", stream.Statistics.Clips, windows.Table.Count, stream.Statistics);
        }
    }

    /// <summary>Prints a line for each window of a video that is being written, until its writer has stopped.</summary>
    private int Watch(FeatureExtractor extractor, ClipClassifier classifier, ClassifiedClipWriter writer, PredictionFile? file,
        FollowOptions follow, ProgressDisplay display, CancellationToken cancellation)
    {
        display.Line(ClassifierChoice.WordOn(classifier));
        using FollowedFeatures windows = new(extractor, Videos[0], Rule, follow, display.Line);
        bool isBad = false;
        while (windows.Next(cancellation) is { } window)
        {
            ClassifiedClip clip = new(window.File, window.Span, window.Reason is not null ? []
                : [.. classifier.Heads.Select((_, head) => classifier.Likeliest(head, window.Values[head], Top))], window.Reason);
            isBad |= clip.Reason is not null;
            file?.Add(clip);
            Console.Out.WriteLine(AsJson ? writer.JsonLine(clip) : PrintableText.Of(writer.Line(clip)));
        }

        file?.Complete();
        return isBad ? ExitCode.Failed : ExitCode.Ok;
    }
}
