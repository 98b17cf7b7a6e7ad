namespace Avion.Cli;

/// <summary>What came of a soak.</summary>
/// <param name="Clips">Windows of all videos that can be opened.</param>
/// <param name="Rows">Windows with features.</param>
/// <param name="Unreadable">Windows that could not be read.</param>
/// <param name="Unopened">Files that could not be opened.</param>
/// <param name="ResumedClips">Clips that were not done again after the kill.</param>
/// <param name="Samples">What the undisturbed run held, in its order.</param>
/// <param name="ClipsPerSecond">Clips a second of the undisturbed run.</param>
/// <param name="ManagedBytesPerClip">Managed memory that it took for a clip, most of which was free again at once.</param>
/// <param name="Seconds">Time by the clock of all runs.</param>
/// <param name="Faults">What is not as it should be, in sentences.</param>
internal sealed record ExtractionSoakResult(int Clips, int Rows, int Unreadable, int Unopened, int ResumedClips,
    IReadOnlyList<ExtractionSample> Samples, double ClipsPerSecond, double ManagedBytesPerClip, double Seconds,
    IReadOnlyList<string> Faults)
{
    /// <summary>Share and bytes by which memory may differ between two moments of a process that leaks nothing.</summary>
    private const double ToleratedShare = 0.05;
    private const long ToleratedBytes = 8L << 20;

    /// <summary>What it held after a tenth of the clips.</summary>
    public ExtractionSample? Early => Samples.FirstOrDefault(sample => sample.Clips >= Clips / 10);

    /// <summary>What it held at the end.</summary>
    public ExtractionSample? Late => Samples.Count > 0 ? Samples[^1] : null;

    /// <summary>Most memory from the tenth on.</summary>
    public long PeakResidentBytes =>
        Samples.Where(sample => sample.Clips >= Clips / 10).Select(sample => sample.ResidentBytes).DefaultIfEmpty().Max();

    /// <summary>Neither memory nor open files grew between a tenth of the way and the end.</summary>
    public bool IsFlat => Early is { } early && Late is { } late && late.Clips > early.Clips
        && late.ResidentBytes <= (early.ResidentBytes * (1 + ToleratedShare)) + ToleratedBytes && late.OpenFiles <= early.OpenFiles;

    /// <summary>Whether all is as it should be.</summary>
    public bool HasPassed => IsFlat && Faults.Count == 0;
}

/// <summary>Extracts a great many clips twice, once undisturbed and once with a kill in the middle, and holds what comes out to what is
/// known of the videos and to each other.</summary>
/// <param name="root">A folder of its own.</param>
/// <param name="clips">Clips in all.</param>
/// <param name="threads">Threads that read, and that compute; 0: one per processor.</param>
internal sealed class ExtractionSoak(string root, int clips, int threads)
{
    private const double Tolerance = 1e-4, Distinct = 1e-2;
    private static readonly string[] s_compared = ["clips.npy", ClipLines.FileName, ClipLines.FailuresFileName];

    private readonly List<string> _faults = [];
    private readonly SoakVideos _videos = new(Path.Combine(root, "videos"), clips);

    /// <summary>Runs it.</summary>
    /// <param name="report">Takes what is done, of how many, and what is held.</param>
    /// <param name="cancellation">Ends it.</param>
    public ExtractionSoakResult Run(Action<string, ExtractionSample> report, CancellationToken cancellation)
    {
        _videos.Write(cancellation);
        SaveModel(Model);
        string whole = Path.Combine(root, "undisturbed"), broken = Path.Combine(root, "killed");
        ExtractionEnd undisturbed = Extract(whole, killAt: null, sample => report("undisturbed", sample), cancellation);
        ExtractionEnd killed = Extract(broken, clips / 2, sample => report("to be killed", sample), cancellation);
        int done = killed.ExitCode is null ? Extraction.CountDone(broken) : 0;
        ExtractionEnd resumed = Extract(broken, killAt: null, sample => report("resumed", sample), cancellation);
        RequireEnd(undisturbed, "The undisturbed run");
        RequireEnd(resumed, "The resumed run");
        Require(killed.ExitCode is null, $"The run that was to be killed ended by itself: {killed.Error}");
        int goneOnWith = NumberOf(resumed, "resumed_clips");
        Require(goneOnWith == done && done < clips && done > 0,
            $"The resumed run went on from clip {goneOnWith}, where {done} of {clips} were on the disk.");
        if (_faults.Count == 0)
        {
            RequireRows(whole);
            RequireSameBytes(whole, broken);
        }

        return new ExtractionSoakResult(NumberOf(undisturbed, "clips"), NumberOf(undisturbed, "rows"),
            NumberOf(undisturbed, "unreadable_clips"), NumberOf(undisturbed, "bad_videos"), goneOnWith, undisturbed.Samples,
            clips / undisturbed.Seconds, undisturbed.Summary?.GetProperty("managed_bytes_per_clip").GetDouble() ?? 0,
            undisturbed.Seconds + killed.Seconds + resumed.Seconds, _faults);
    }

    private string Model => Path.Combine(root, "model.safetensors");

    private static string Milliseconds(int number) => string.Create(CultureInfo.InvariantCulture, $"{number}ms");

    private static int NumberOf(ExtractionEnd end, string name) => end.Summary?.GetProperty(name).GetInt32() ?? 0;

    /// <summary>Reading is what is soaked: a model that costs next to nothing.</summary>
    private static void SaveModel(string path)
    {
        using CpuDevice device = new(1);
        using DualEncoder model = DualEncoder.Create(new DualEncoderConfig
        {
            EmbeddingSize = 16,
            Vision = new VisionConfig
            {
                ImageSize = 32, PatchSize = 16, FrameCount = 2, Width = 32, LayerCount = 1, HeadCount = 2,
                Initialization = VisionInitialization.Scaled,
            },
            Text = new TextConfig { ContextLength = 8, VocabularySize = 600, Width = 16, LayerCount = 1, HeadCount = 2 },
        }, device, seed: 1);
        Checkpoint.Save(path, model);
    }

    private ExtractionEnd Extract(string output, int? killAt, Action<ExtractionSample> report, CancellationToken cancellation)
    {
        string count = threads.ToString(CultureInfo.InvariantCulture);

        // A short soak puts what it has on the disk as many times as a long one.
        string saved = Milliseconds(Math.Clamp(clips / 100, 100, 10_000));
        return ExtractionProcess.Run(
            ["extract", Model, Path.Combine(root, "videos"), "--window", Milliseconds(SoakVideos.WindowMilliseconds), "--every",
                Milliseconds(SoakVideos.StrideMilliseconds), "--output", output, "--device", "cpu", "--threads", count,
                "--decode-threads", count, "--save-every", saved, "--json"],
            output, killAt, report, cancellation);
    }

    private void Require(bool holds, string fault)
    {
        if (!holds)
        {
            _faults.Add(fault);
        }
    }

    /// <summary>It went to its end and told of bad files by its exit code.</summary>
    private void RequireEnd(ExtractionEnd end, string run) => Require(end.ExitCode == ExitCode.Failed && end.Summary is not null,
        $"{run} ended with exit code {end.ExitCode}, expected {ExitCode.Failed} for the bad files: {end.Error}");

    /// <summary>Each window of each video has one row or one failure, whole videos have rows alone, and what shows the same has the same
    /// features.</summary>
    private void RequireRows(string folder)
    {
        FeatureSet features = FeatureSet.Read(folder);
        Unreadable[] failures = [.. ClipLines.ReadFailures(Path.Combine(folder, ClipLines.FailuresFileName))];
        ILookup<string, int> rows = Enumerable.Range(0, features.Count).ToLookup(row => features.Rows[row].File);
        ILookup<string, Unreadable> bad = failures.ToLookup(failure => failure.File);
        IReadOnlyList<string> whole = _videos.Whole;
        Require(whole.All(video => AreWindows(rows[video].Select(row => features.Rows[row].Span)) && !bad[video].Any()),
            "A whole video has not the windows that it should have.");
        Require(_videos.Damaged.All(video => bad[video].Any() && AreWindows(
            rows[video].Select(row => features.Rows[row].Span)
                .Concat(bad[video].Select(failure => failure.Span)).OrderBy(span => span.Start))),
            "A damaged video has not each window once, as a row or as a failure.");
        Require(_videos.Unopened.SequenceEqual(failures.Where(failure => failure.Span.IsWhole).Select(failure => failure.File)),
            "Files that cannot be opened are not those that are listed.");
        Require(features.Count == whole.Concat(_videos.Damaged).Sum(video => rows[video].Count()),
            "There are rows of videos that nobody made.");
        RequireValues(features, whole, rows);
    }

    private void RequireValues(FeatureSet features, IReadOnlyList<string> whole, ILookup<string, int> rows)
    {
        int[][] rowsOf = [.. whole.Select(video => rows[video].ToArray())];
        for (int video = SoakVideos.Kinds; video < whole.Count; video++)
        {
            int[] expected = rowsOf[video % SoakVideos.Kinds], actual = rowsOf[video];
            if (!expected.Zip(actual).All(pair => Distance(features, pair.First, pair.Second) < Tolerance))
            {
                _faults.Add(
                    $"The features of '{whole[video]}' are not those of '{whole[video % SoakVideos.Kinds]}', which shows the same.");
                return;
            }
        }

        Require(rowsOf.Take(SoakVideos.Kinds).Select((video, kind) => (video, kind)).Skip(1)
            .All(other => Distance(features, rowsOf[0].FirstOrDefault(), other.video.FirstOrDefault()) > Distinct),
            "Features of different videos are the same.");
    }

    /// <summary>Whether spans are all windows of a video, each once and in order.</summary>
    private static bool AreWindows(IEnumerable<ClipSpan> spans) => spans
        .Select(span => ((int)Math.Round(span.Start * 1e3), (int)Math.Round(span.End * 1e3)))
        .SequenceEqual(Enumerable.Range(0, SoakVideos.ClipsOfVideo).Select(window =>
            (window * SoakVideos.StrideMilliseconds, (window * SoakVideos.StrideMilliseconds) + SoakVideos.WindowMilliseconds)));

    private static double Distance(FeatureSet features, int row, int other)
    {
        ReadOnlySpan<float> a = features.Values(0, row), b = features.Values(0, other);
        double largest = 0;
        for (int i = 0; i < a.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs((double)a[i] - b[i]));
        }

        return largest;
    }

    private void RequireSameBytes(string whole, string broken)
    {
        foreach (string name in s_compared)
        {
            Require(FileDigest.Of(Path.Combine(whole, name)).Sha256 == FileDigest.Of(Path.Combine(broken, name)).Sha256,
                $"'{name}' of the run that was killed and resumed is not that of the undisturbed one.");
        }
    }
}
