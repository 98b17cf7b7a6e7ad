namespace Avion.Cli;

/// <summary>`avion extract MODEL VIDEOS`: features of many clips, written into a folder.</summary>
internal static class ExtractCommand
{
    private const string DefaultFolder = "features";
    private const int MostViews = 100, MostClasses = 1 << 20;

    public static Command Create()
    {
        Argument<string> model = new("MODEL") { Description = "File of weights that describes itself, checkpoint, or run folder." };
        Argument<string[]> videos = new("VIDEOS")
        {
            Description = "Videos, folders of videos or of chunks, tar shards; or one list of annotations (.csv, .jsonl, .pkl, .txt).",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string?> root = new("--videos") { Description = "Where the videos of a list of annotations lie; the list's own folder if left out." };
        WindowOptions windows = new();
        Option<int> crops = NumberOption.Create("--crops", "Square crops along the long side of the frame; 1: the centre.", 1, 1, MostViews);
        Option<int> views = NumberOption.Create("--views", "Views of each clip that take other frames of it.", 1, 1, MostViews);
        Option<bool> apart = new("--separate-views") { Description = "A row for each view; otherwise the views of a clip are averaged." };
        Option<string> output = new("--output", "-o")
        {
            Description = "Folder for what is found; one that was begun is gone on with.", DefaultValueFactory = _ => DefaultFolder,
        };
        Option<string> format = new("--format") { Description = "npy, safetensors or parquet.", DefaultValueFactory = _ => "npy" };
        Option<int> predictions = NumberOption.Create("--predictions", "Write the K likeliest classes of each clip (5 without a number); classifiers only.", 0, 1, MostClasses);
        predictions.Arity = ArgumentArity.ZeroOrOne;
        Option<string[]> classes = new("--classes")
        {
            Description = "File with the names of the classes, one a line; of several heads the option is given for each.",
        };
        Option<string[]> texts = new("--text") { Description = "A text; may be given several times." };
        Option<string?> textFile = new("--texts") { Description = "File with a text on each line." };
        ModelOptions weights = new();
        Option<string> save = new("--save-every")
        {
            Description = "How often what is done is put on the disk: at most as much is lost when the process is killed.", DefaultValueFactory = _ => "10s",
        };
        Option<bool> force = new("--force") { Description = "Begin anew in a folder that holds other features, or write beside other files." };
        Option<bool> json = JsonOption.Create();
        Command command = new("extract", "Write the features of videos, window by window, and of texts into a folder.") { model, videos, root };
        windows.AddTo(command);
        foreach (Option option in (Option[])[crops, views, apart, output, format, predictions, classes, texts, textFile])
        {
            command.Options.Add(option);
        }

        weights.AddTo(command);
        command.Options.Add(save);
        command.Options.Add(force);
        command.Options.Add(json);
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            WindowRule rule = windows.Read(parsed);
            ModelChoice choice = weights.Read(parsed, parsed.GetValue(model)!);
            return new Work
            {
                Model = choice, Videos = parsed.GetValue(videos) ?? [], Root = parsed.GetValue(root), Rule = rule,
                Texts = parsed.GetValue(texts) ?? [], TextFile = parsed.GetValue(textFile), Classes = parsed.GetValue(classes) ?? [],
                AsJson = parsed.GetValue(json),
                Options = new ExtractionOptions
                {
                    Folder = parsed.GetValue(output)!, Form = FormOf(parsed.GetValue(format)!),
                    Predictions = parsed.GetResult(predictions) is { Implicit: false, Tokens.Count: 0 } ? EmbedCommand.ListedClasses : parsed.GetValue(predictions),
                    Replaces = parsed.GetValue(force), SaveSeconds = Seconds.Read("--save-every", parsed.GetValue(save)!),
                    Features = choice.Reading with { Crops = parsed.GetValue(crops), TemporalViews = parsed.GetValue(views), KeepsViews = parsed.GetValue(apart) },
                },
            }.Run(cancellation);
        }, CancellationToken.None));
        return command;
    }

    private static FeatureForm FormOf(string text) => text.ToLowerInvariant() switch
    {
        "npy" => FeatureForm.Npy,
        "safetensors" => FeatureForm.Safetensors,
        "parquet" => FeatureForm.Parquet,
        _ => throw new UsageException($"--format is '{text}', expected npy, safetensors or parquet."),
    };

    /// <summary>What one command line asks for.</summary>
    private sealed record Work
    {
        public required ModelChoice Model { get; init; }

        public required string[] Videos { get; init; }

        public required string? Root { get; init; }

        public required WindowRule Rule { get; init; }

        public required string[] Texts { get; init; }

        public required string? TextFile { get; init; }

        public required string[] Classes { get; init; }

        public required bool AsJson { get; init; }

        public required ExtractionOptions Options { get; init; }

        public int Run(CancellationToken cancellation)
        {
            using ProgressDisplay display = new();
            IReadOnlyList<string> texts = Check(display);
            (ClipTable Clips, VideoStore Store)? named = Videos.Length > 0 ? NamedClips.Read(Videos, Root) : null;
            using OpenModel model = Model.Open(display.Line);
            FeatureExtractor extractor = model.Extractor;
            if (!FeatureSet.IsAt(Options.Folder))
            {
                ForceOption.RequireOwnFolder("--output", Options.Folder, [.. Extraction.FilesOf(extractor), .. TextFiles.Names], Options.Replaces);
            }

            IReadOnlyList<TextReading> readings = TextInputs.Tokenize(extractor, texts, Model.Vocabulary, display.Line);
            TextFiles.RequireSame(Options.Folder, readings, Options.Replaces);
            ExtractionReport report = new(extractor, model.Choice, Options) { Texts = readings.Count };
            if (named is { } clips)
            {
                Extract(extractor, clips.Clips, clips.Store, report, display, cancellation);
            }

            if (readings.Count > 0)
            {
                report.TextFiles = TextFiles.Write(Options.Folder, readings, extractor.OfTexts(readings, cancellation));
            }

            display.Dispose();
            return NamedClips.ExitCodeOf(named?.Store, report.Write(AsJson));
        }

        private IReadOnlyList<string> Check(ProgressDisplay display)
        {
            if (Videos.Length == 0 && Texts.Length == 0 && TextFile is null)
            {
                throw new UsageException("There is nothing to extract: name videos, a folder or a list of annotations, or give --text or --texts.");
            }

            _ = NamedPath.Require(Model.Path, "a run, a checkpoint or a file of weights");
            if (Model.Vocabulary is { } vocabulary)
            {
                _ = NamedPath.Require(vocabulary, "a merges file");
            }

            Array.ForEach(Classes, path => NamedPath.Require(path, "a list of classes"));
            return TextInputs.Read(Texts, "A --text", TextFile, keepsRepeated: true, display.Line);
        }

        private void Extract(FeatureExtractor extractor, ClipTable clips, VideoStore store, ExtractionReport report, ProgressDisplay display,
            CancellationToken cancellation)
        {
            ClipWindows windows = NamedClips.Cut(clips, store, Rule, Options.Features.DecodeThreads, display, cancellation);
            ExtractionOptions options = Options with { Classes = Classes.Length > 0 ? RefusedStart.Run(() => ClipAnnotations.ReadClasses(Classes)) : null };
            Extraction extraction = RefusedStart.Run(() => Extraction.Open(extractor, windows, options));
            if (extraction.ResumedClips > 0)
            {
                display.Line($"Going on with '{Options.Folder}': {extraction.ResumedClips:#,0} of {Quantity.Count(extraction.ClipCount, "clip")} are done.");
            }

            (report.BadVideos, report.Videos) = (windows.Bad, clips.Videos.Count);
            try
            {
                report.Result = extraction.Run(progress => Show(display, progress), cancellation);
            }
            catch (OperationCanceledException)
            {
                display.Line($"What is done lies in '{Options.Folder}'; the same command goes on with it.");
                throw;
            }
        }

        private static void Show(ProgressDisplay display, ExtractionProgress progress)
        {
            string bad = progress.Unreadable > 0 ? $", {progress.Unreadable:#,0} could not be read" : "";
            string rate = progress.Statistics.ClipsPerSecond.ToString("0.0", CultureInfo.InvariantCulture);
            display.Report("extract", progress.ClipCount == 0 ? 1 : (double)progress.Clips / progress.ClipCount,
                $"{progress.Clips:#,0} of {Quantity.Count(progress.ClipCount, "clip")}, {rate} clips/s{bad}");
        }
    }
}
