namespace Avion.Video.Tests;

/// <summary>Sources that cannot be prepared are named with a reason, and stop nothing.</summary>
public sealed class BadSourceTests : IDisposable
{
    private const string FastStart = "-c:v libx264 -preset ultrafast -movflags +faststart";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_bad_source_has_its_reason_and_the_good_ones_are_prepared()
    {
        string good = TestVideos.Make("good.mp4", FastStart + " -g 30", frames: 240);
        string matroska = TestVideos.Make("good.mkv", "-c:v libx264 -preset ultrafast -g 30", frames: 240);
        Directory.CreateDirectory(Source("deep/er"));
        File.Copy(good, Source("deep/er/good.mp4"));
        File.WriteAllText(Source("text.mp4"), "These are words, not pictures.\n");
        File.WriteAllBytes(Source("empty.mov"), []);
        File.WriteAllText(Source("notes.txt"), "not a video by its name: not looked at");
        DamagedVideos.CutShort(good, Source("cut.mp4"), 0.5);
        DamagedVideos.CutShort(matroska, Source("cut.mkv.mkv"), 0.5);
        TestVideos.Make("moov-at-end.mp4", path => FFmpegProgram.Run($"-i \"{good}\" -c copy \"{path}\""));
        DamagedVideos.CutShort(Path.Combine(TestVideos.Folder, "moov-at-end.mp4"), Source("no-table.mp4"), 0.9);
        File.Copy(good, Source("broken.mp4"));
        DamagedVideos.Scribble(Source("broken.mp4"), 0.5, 3000);
        FFmpegProgram.Run($"-f lavfi -i sine=d=1 -c:a aac \"{Source("sound.mp4")}\"");

        PrepareReport report = new TreePreparation(new PrepareOptions { Jobs = 2, ChunkSeconds = 3 }).Run(_folder.File("source"), _folder.File("out"));

        Assert.Equal((8, 1, 0), (report.Videos, report.Prepared, report.UpToDate));
        Assert.Equal(
            ["broken.mp4", "cut.mkv.mkv", "cut.mp4", "empty.mov", "no-table.mp4", "sound.mp4", "text.mp4"], report.Bad.Select(bad => bad.Source));
        AssertReason(report, "empty.mov", "the file is empty");
        AssertReason(report, "sound.mp4", "no video stream");
        AssertReason(report, "no-table.mp4", "table of frames (moov) is missing");
        AssertReason(report, "cut.mp4", "cut short");
        AssertReason(report, "cut.mkv.mkv", "cut short");
        AssertReason(report, "broken.mp4", "damaged");
        AssertReason(report, "text.mp4", "ffmpeg:");
        Assert.True(Directory.Exists(_folder.File("out", "deep", "er", "good.mp4")));
        Assert.Equal([".avion", "deep"], Directory.GetFileSystemEntries(_folder.File("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_damaged_source_is_kept_as_far_as_it_goes_when_asked_for()
    {
        string good = TestVideos.Make("good.mp4", FastStart + " -g 30", frames: 240);
        Directory.CreateDirectory(_folder.File("source"));
        DamagedVideos.CutShort(good, Source("cut.mp4"), 0.5);
        PrepareReport report = new TreePreparation(new PrepareOptions { Jobs = 1, ChunkSeconds = 3, KeepDamaged = true }).Run(_folder.File("source"), _folder.File("out"));
        Assert.Empty(report.Bad);
        BadSource damaged = Assert.Single(report.Damaged);
        Assert.Contains("its header declares 8.0 s", damaged.Reason, StringComparison.Ordinal);
        Assert.InRange(report.VideoSeconds, 2, 7);
    }

    [Fact]
    public void Two_sources_of_one_name_are_refused_before_anything_is_done()
    {
        Directory.CreateDirectory(_folder.File("source"));
        File.WriteAllText(Source("a.mp4"), "x");
        File.WriteAllText(Source("a.mkv"), "x");
        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => SourceTree.Find(_folder.File("source")));
        Assert.Contains("'a.mkv' and 'a.mp4'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rate_that_gives_no_whole_chunk_is_refused_with_a_way_out()
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => new TreePreparation(new PrepareOptions { FramesPerSecond = new FrameRate(30000, 1001) }));
        Assert.Contains("no whole number of frames", exception.Message, StringComparison.Ordinal);
    }

    private static void AssertReason(PrepareReport report, string source, string words) =>
        Assert.Contains(words, report.Bad.Single(bad => bad.Source == source).Reason, StringComparison.Ordinal);

    private string Source(string name) => _folder.File("source", name);
}
