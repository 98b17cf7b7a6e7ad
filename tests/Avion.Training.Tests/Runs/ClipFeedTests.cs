namespace Avion.Training.Tests;

/// <summary>What a run tells and refuses of its clips before the first step.</summary>
public sealed class ClipFeedTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4, 3, true)]
    [InlineData(4, 4, false)]
    [InlineData(4, 100, false)]
    public void Clips_that_are_all_shorter_than_the_model_reads_are_refused(int frames, int longest, bool isRefused)
    {
        ClipFeed feed = Feed(new LengthsOnly(longest), frames);
        if (isRefused)
        {
            string message = Assert.Throws<RunException>(feed.RequireFrames).Message;
            Assert.Contains($"reads {frames} frames a clip, but of 16 clips looked at the longest has {longest}", message);
        }
        else
        {
            feed.RequireFrames();
        }
    }

    /// <summary>4 frames at stride 3 are a stretch of 10.</summary>
    [Theory]
    [InlineData("strided", 10, "")]
    [InlineData("window", 9, "--set data.frame_stride=2, or --set model.vision.frames=9")]
    [InlineData("strided", 4, "--set data.frame_stride=1, or --set model.vision.frames=4")]
    [InlineData("strided", 3, "Give --set model.vision.frames=3 or fewer")]
    [InlineData("segment", 4, "")]
    public void A_stride_beyond_every_clip_is_refused_with_one_that_fits(string sampling, int longest, string remedy)
    {
        ClipFeed feed = Feed(new LengthsOnly(longest), frames: 4, $"data.frame_sampling={sampling}", "data.frame_stride=3");
        if (remedy.Length == 0)
        {
            feed.RequireFrames();
            return;
        }

        string message = Assert.Throws<RunException>(feed.RequireFrames).Message;
        Assert.Contains($"at data.frame_stride=3, which is a stretch of 10, but of 16 clips looked at the longest has {longest}", message);
        Assert.Contains(remedy, message);
    }

    [Fact]
    public void What_is_missing_or_damaged_is_told()
    {
        File.WriteAllText(_folder.File("a.mp4"), "");
        ClipTable table = new("clips.csv");
        table.Add("a", ClipSpan.Whole);
        table.Add("lost", ClipSpan.Whole);
        List<string> told = [];
        Feed(new LengthsOnly(9) { Censuses = [ClipCensus.Take(table, new FileTree(_folder.FullName))] }, 2).TellAbsent(told.Add);
        Assert.Contains("1 of 2 clips of 'clips.csv'", Assert.Single(told));
        Assert.Contains("'lost'", told[0]);
    }

    private static ClipFeed Feed(IClipDataset clips, int frames, params string[] overrides) => new(
        RecipeReader.Read("name: x", "test", ["train.batch_size=2", .. overrides]),
        new TrainingData { Train = clips, OpenSource = () => new NoVideos() }, new ClipForm(frames, 4, 4));

    private sealed class LengthsOnly(int longest) : IClipDataset
    {
        public int Count => 40;

        public int LabelCount => 0;

        public IReadOnlyList<ClipCensus> Censuses { get; init; } = [];

        public int FramesOf(int index, int frameCount, IClipSource videos) => index == 0 ? throw new DataException("unreadable") : longest - (index % 2);

        public void Draw(in SampleKey key, IClipSource videos, ClipRequest request) => throw new DataException("not drawn");

        public string Describe(in SampleKey key) => "clip";
    }

    private sealed class NoVideos : IClipSource
    {
        public VideoShape GetShape(in VideoSource video) => default;

        public void Read(
            in VideoSource video, ReadOnlySpan<int> frames, in FrameTransform transform, Span<byte> destination, CancellationToken cancellation)
        {
        }

        public void Dispose()
        {
        }
    }
}
