namespace Avion.Cli;

/// <summary>`avion extract MODEL VIDEOS`: features of many clips, written into a folder.</summary>
internal static class ExtractCommand
{
    private const string DefaultFolder = "features";
    private const int MostClasses = 1 << 20;

    public static Command Create()
    {
        ModelOptions model = new();
        Argument<string[]> videos = new("VIDEOS")
        {
            Description = "Videos, folders of videos or of chunks, tar shards; or one list of annotations (.csv, .jsonl, .pkl, .txt).",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string?> root = ListVideosOption.Create();
        WindowOptions windows = new();
        ViewOptions views = new();
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
        Option<string[]> texts = TextOption.Create();
        Option<string?> textFile = TextOption.CreateForFile("--texts");
        Option<string> save = new("--save-every")
        {
            Description = "How often what is done is put on the disk: at most as much is lost when the process is killed.", DefaultValueFactory = _ => "10s",
        };
        Option<bool> force = new("--force") { Description = "Begin anew in a folder that holds other features, or write beside other files." };
        Option<bool> json = JsonOption.Create();
        Command command = new("extract", "Write the features of videos, window by window, and of texts into a folder.") { model.Model, videos, root };
        windows.AddTo(command);
        views.AddTo(command);
        foreach (Option option in (Option[])[apart, output, format, predictions, classes, texts, textFile])
        {
            command.Options.Add(option);
        }

        model.AddTo(command);
        command.Options.Add(save);
        command.Options.Add(force);
        command.Options.Add(json);
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            WindowRule rule = windows.Read(parsed);
            ModelChoice choice = views.Read(parsed, model.Read(parsed));
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
                    Features = choice.Reading with { KeepsViews = parsed.GetValue(apart) },
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

            Model.RequireFiles();
            Array.ForEach(Classes, path => NamedPath.Require(path, "a list of classes"));
            NamedPath.RequireFolder(Options.Folder, "--output");
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
                report.Result = extraction.Run(progress =>
                    ClipProgress.ShowClips(display, "extract", progress.Clips, progress.ClipCount, progress.Statistics, progress.Unreadable), cancellation);
            }
            catch (OperationCanceledException)
            {
                display.Line($"What is done lies in '{Options.Folder}'; the same command goes on with it.");
                throw;
            }
        }
    }
}
