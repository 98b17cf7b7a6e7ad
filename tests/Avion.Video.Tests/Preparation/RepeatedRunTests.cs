namespace Avion.Video.Tests;

/// <summary>Runs after runs: nothing is done twice, changes are noticed, a stop loses nothing, a bad destination is one clear message.</summary>
public sealed class RepeatedRunTests : IDisposable
{
    private static readonly PrepareOptions s_options = new() { Jobs = 1, ChunkSeconds = 2, FramesPerSecond = new FrameRate(10), ShortSide = 64 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_second_run_does_nothing_and_a_changed_source_or_setting_is_made_again()
    {
        Source("a.mp4", 30);
        Source("b.mp4", 45);
        Assert.Equal((2, 0), Counts(Run(s_options)));
        Dictionary<string, DateTime> first = Times();
        Assert.Equal((0, 2), Counts(Run(s_options)));
        Assert.Equal(first, Times());

        File.Delete(_folder.File("source", "b.mp4"));
        Source("b.mp4", 25);
        Assert.Equal([PlannedAction.Nothing, PlannedAction.Again], new TreePreparation(s_options).Plan(_folder.File("source"), _folder.File("out")).Select(video => video.Action));
        Assert.Equal((1, 1), Counts(Run(s_options)));
        Assert.Equal(["0.mp4", "2.mp4"], Chunks("b.mp4"));
        Assert.Equal(first["a.mp4/0.mp4"], Times()["a.mp4/0.mp4"]);

        Assert.Equal((2, 0), Counts(Run(s_options with { Profile = EncodeProfile.Intra })));
        File.Delete(_folder.File("out", "a.mp4", "2.mp4"));
        Assert.Equal((1, 1), Counts(Run(s_options with { Profile = EncodeProfile.Intra })));
        Assert.Equal(["0.mp4", "2.mp4"], Chunks("a.mp4"));
    }

    /// <summary>Cut, replaced, or changed in the middle where neither length nor ends tell: all are made again.</summary>
    [Theory]
    [InlineData("cut")]
    [InlineData("middle")]
    [InlineData("index")]
    public void A_damaged_chunk_is_not_already_done(string damage)
    {
        Source("a.mp4", 45);
        Assert.Equal((1, 0), Counts(Run(s_options)));
        string chunk = _folder.File("out", "a.mp4", "2.mp4");
        byte[] sound = File.ReadAllBytes(chunk);
        File.WriteAllBytes(chunk, sound);
        Assert.Equal((0, 1), Counts(Run(s_options)));
        switch (damage)
        {
            case "cut":
                File.WriteAllBytes(chunk, sound[..^100]);
                break;
            case "middle":
                byte[] changed = [.. sound];
                changed[sound.Length / 2] ^= 0xFF;
                File.WriteAllBytes(chunk, changed);
                break;
            default:
                File.WriteAllBytes(_folder.File("out", "a.mp4", "index.avidx"), new byte[100]);
                break;
        }

        Assert.Equal([PlannedAction.Again], new TreePreparation(s_options).Plan(_folder.File("source"), _folder.File("out")).Select(video => video.Action));
        Assert.Equal((1, 0), Counts(Run(s_options)));
        Assert.Equal(sound, File.ReadAllBytes(chunk));
        Assert.Equal((0, 1), Counts(Run(s_options)));
    }

    [Fact]
    public void A_stopped_run_leaves_no_half_video_and_the_next_finishes_it()
    {
        // Nine parts of two minutes: enough to be stopped in the middle.
        CounterVideo.Make(_folder.File("source", "long.mp4"), frames: 2000, rate: "2", coding: "-c:v libx264 -preset ultrafast -g 50");
        PrepareOptions options = s_options with { FramesPerSecond = new FrameRate(2), ChunkSeconds = 60 };
        using CancellationTokenSource stop = new();
        int calls = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => new TreePreparation(options).Run(
            _folder.File("source"), _folder.File("out"), progress => { if (++calls > 1 && progress.Fraction > 0.2) { stop.Cancel(); } }, stop.Token));
        Assert.False(Directory.Exists(_folder.File("out", "long.mp4")));
        string[] done = Directory.GetFiles(_folder.File("out", ".avion", "work"), "part-*.done", SearchOption.AllDirectories);
        Assert.NotEmpty(done);
        DateTime[] doneAt = [.. done.Select(File.GetLastWriteTimeUtc)];

        string chunk = Directory.GetFiles(Path.Combine(Path.GetDirectoryName(done[0])!, "chunks"), "*.mp4").Order(StringComparer.Ordinal).First();
        DateTime encoded = File.GetLastWriteTimeUtc(chunk);
        Assert.Equal((1, 0), Counts(Run(options)));
        Assert.Equal(encoded, File.GetLastWriteTimeUtc(_folder.File("out", "long.mp4", Path.GetFileName(chunk))));
        string[] chunks = [.. Enumerable.Range(0, 17).Select(number => _folder.File("out", "long.mp4", $"{number * 60}.mp4"))];
        Assert.Equal(Enumerable.Range(0, 2000), CounterVideo.ReadEach(chunks).SelectMany(numbers => numbers));
        Assert.Equal(["lock"], Directory.GetFileSystemEntries(_folder.File("out", ".avion")).Select(Path.GetFileName));
    }

    [Fact]
    public void A_full_disk_is_one_message_and_ends_the_run()
    {
        Source("a.mp4", 30);
        Source("b.mp4", 30);
        string program = FakeEncoder("echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 1");
        DiskFullException exception = Assert.Throws<DiskFullException>(() => Run(s_options with { FFmpegProgram = program }));
        Assert.Contains("Free some and run the same command again", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_encoder_that_hangs_costs_its_video_and_not_the_run()
    {
        Source("a.mp4", 30);
        string program = FakeEncoder("exec sleep 600");
        BadSource bad = Assert.Single(Run(s_options with { FFmpegProgram = program, StallSeconds = 1 }).Bad);
        Assert.Contains("no progress for 1 s", bad.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_destination_that_cannot_be_written_is_named()
    {
        Source("a.mp4", 30);
        File.WriteAllText(_folder.File("out"), "a file where a folder should be");
        IOException exception = Assert.ThrowsAny<IOException>(() => Run(s_options));
        Assert.Contains($"Cannot write into '{_folder.File("out")}'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_runs_do_not_share_a_destination()
    {
        Source("a.mp4", 30);
        using DestinationFolder other = DestinationFolder.Open(_folder.File("out"));
        IOException exception = Assert.ThrowsAny<IOException>(() => Run(s_options));
        Assert.Contains("Another run prepares videos into", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_program_is_named_with_the_remedy()
    {
        Source("a.mp4", 30);
        VideoException exception = Assert.Throws<VideoException>(() => Run(s_options with { FFmpegProgram = _folder.File("no-ffmpeg") }));
        Assert.Equal(VideoErrorKind.LibraryMissing, exception.Kind);
        Assert.Contains("Install FFmpeg", exception.Message, StringComparison.Ordinal);
    }

    private static (int Prepared, int UpToDate) Counts(PrepareReport report)
    {
        Assert.Empty(report.Bad);
        return (report.Prepared, report.UpToDate);
    }

    /// <summary>A program that lists encoders like ffmpeg and then does something else.</summary>
    private string FakeEncoder(string action)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell: the encoder is replaced by a script");
        string program = _folder.File("bin", "ffmpeg");
        Directory.CreateDirectory(_folder.File("bin"));
        File.WriteAllText(program, $"#!/bin/sh\ncase \"$*\" in *-encoders*) echo libx264;; *) {action};; esac\n");
        File.WriteAllText(_folder.File("bin", "ffprobe"), "#!/bin/sh\nexec ffprobe \"$@\"\n");
        foreach (string script in (string[])[program, _folder.File("bin", "ffprobe")])
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }

        return program;
    }

    private void Source(string name, int frames) => CounterVideo.Make(_folder.File("source", name), frames, rate: "10");

    private PrepareReport Run(PrepareOptions options) => new TreePreparation(options).Run(_folder.File("source"), _folder.File("out"));

    private string[] Chunks(string video) =>
        [.. Directory.GetFiles(_folder.File("out", video), "*.mp4").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private Dictionary<string, DateTime> Times() => Directory.GetFiles(_folder.File("out"), "*.mp4", SearchOption.AllDirectories)
        .ToDictionary(path => Path.GetRelativePath(_folder.File("out"), path).Replace('\\', '/'), File.GetLastWriteTimeUtc);
}
