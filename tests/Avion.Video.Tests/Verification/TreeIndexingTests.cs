namespace Avion.Video.Tests;

public sealed class TreeIndexingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Videos_of_any_container_are_indexed_and_read_the_same_through_the_index()
    {
        CounterVideo.Make(_folder.File("tree", "a", "0.mp4"), frames: 30, coding: "-c:v libx264 -preset ultrafast -bf 2 -g 10");
        CounterVideo.Make(_folder.File("tree", "a", "1.mkv"), frames: 25, coding: "-c:v libx264 -preset ultrafast -bf 2 -g 10");
        CounterVideo.Make(_folder.File("tree", "b", "2.avi"), frames: 20, coding: "-c:v mpeg4 -g 5");
        IndexReport report = TreeIndexing.Run(_folder.File("tree"), withChecksums: true, isForced: false, jobs: 2);
        Assert.Equal((2, 2, 0, 3L), (report.Folders, report.Written, report.UpToDate, report.Videos));
        Assert.Empty(report.Bad);
        foreach (string path in (string[])[_folder.File("tree", "a", "0.mp4"), _folder.File("tree", "a", "1.mkv"),
            _folder.File("tree", "b", "2.avi")])
        {
            VideoIndex? indexed = IndexFile.TryFind(new VideoSource(path));
            Assert.NotNull(indexed);
            VideoInfo fromTables = ContainerIndex.Read(path);
            VideoInfo fromIndex = new(new VideoSource(path), indexed);
            Assert.Equal(Frames(fromTables), Frames(fromIndex));
            Assert.Equal(fromTables.DurationSeconds, fromIndex.DurationSeconds);
        }
    }

    [Fact]
    public void A_second_run_does_nothing_and_a_new_video_is_added()
    {
        CounterVideo.Make(_folder.File("tree", "a", "0.mp4"), frames: 10);
        CounterVideo.Make(_folder.File("tree", "b", "0.mp4"), frames: 10);
        TreeIndexing.Run(_folder.File("tree"), withChecksums: false, isForced: false, jobs: 1);
        CounterVideo.Make(_folder.File("tree", "b", "1.mp4"), frames: 10);
        IndexReport report = TreeIndexing.Run(_folder.File("tree"), withChecksums: false, isForced: false, jobs: 1);
        Assert.Equal((1, 1, 2L), (report.Written, report.UpToDate, report.Videos));
        Assert.Equal(2, TreeIndexing.Run(_folder.File("tree"), withChecksums: true, isForced: false, jobs: 1).Written);
    }

    [Fact]
    public void A_bad_video_is_named_and_the_others_are_indexed()
    {
        CounterVideo.Make(_folder.File("tree", "0.mp4"), frames: 10);
        File.WriteAllText(_folder.File("tree", "1.mp4"), "words");
        IndexReport report = TreeIndexing.Run(_folder.File("tree"), withChecksums: false, isForced: false, jobs: 1);
        Assert.Equal(1, report.Videos);
        Assert.Equal(_folder.File("tree", "1.mp4"), Assert.Single(report.Bad).Path);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void A_video_that_was_cut_short_is_named_and_spoils_no_index(double keptShare)
    {
        CounterVideo.Make(_folder.File("tree", "0.mp4"), frames: 30);
        CounterVideo.Make(_folder.File("tree", "1.mp4"), frames: 30, coding: "-c:v libx264 -preset ultrafast -movflags +faststart");
        DamagedVideos.CutShort(_folder.File("tree", "1.mp4"), _folder.File("tree", "1.mp4"), keptShare);
        for (int run = 0; run < 2; run++)
        {
            IndexReport report = TreeIndexing.Run(_folder.File("tree"), withChecksums: false, isForced: true, jobs: 1);
            Problem problem = Assert.Single(report.Bad);
            Assert.Equal((1L, _folder.File("tree", "1.mp4"), ProblemKind.Truncated), (report.Videos, problem.Path, problem.Kind));
            Assert.NotNull(IndexFile.TryFind(new VideoSource(_folder.File("tree", "0.mp4"))));
            Assert.Null(IndexFile.TryFind(new VideoSource(_folder.File("tree", "1.mp4"))));
        }

        Assert.DoesNotContain(new TreeVerification(new VerifyOptions()).Run(_folder.File("tree")).Problems, problem => problem.Detail.Contains("contradicts", StringComparison.Ordinal));
    }

    [Fact]
    public void A_description_adds_up()
    {
        CounterVideo.Make(_folder.File("tree", "a", "0.mp4"), frames: 30, coding: "-c:v libx264 -preset ultrafast -g 10");
        CounterVideo.Make(_folder.File("tree", "a", "1.mp4"), frames: 60, coding: "-c:v libx264 -preset ultrafast -g 10");
        File.WriteAllText(_folder.File("tree", "bad.mp4"), "words");
        TreeFacts facts = TreeDescription.DescribeTree(_folder.File("tree"), jobs: 2);
        Assert.Equal((2L, 90L, 9L, 0L), (facts.Videos, facts.Frames, facts.Keyframes, facts.WithIndex));
        Assert.Equal(3.0, facts.DurationSeconds, 1e-6);
        Assert.Equal(("h264 192x96 30/s", 2L), facts.Kinds.Select(kind => (kind.Name, kind.Videos)).Single());
        Assert.Single(facts.Bad);
        TreeIndexing.Run(_folder.File("tree"), withChecksums: false, isForced: false, jobs: 1);
        Assert.Equal(2, TreeDescription.DescribeTree(_folder.File("tree"), jobs: 1).WithIndex);
        Assert.True(TreeDescription.DescribeFile(_folder.File("tree", "a", "1.mp4")) is { HasIndex: true, Frames: 60, Width: 192,
            IsVariableRate: false });
    }

    private static byte[] Frames(VideoInfo info)
    {
        FrameTransform transform = FrameTransform.Whole(info, 32, 32);
        byte[] pixels = new byte[info.FrameCount * transform.FrameBytes];
        using ClipReader reader = new(new ClipReaderOptions { Cache = new VideoInfoCache() });
        // From the last to the first, so that every group is sought.
        reader.Read(info, [.. Enumerable.Range(0, info.FrameCount).Reverse()], transform, pixels);
        return pixels;
    }
}
