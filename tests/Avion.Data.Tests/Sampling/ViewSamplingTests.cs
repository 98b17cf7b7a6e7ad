namespace Avion.Data.Tests;

public sealed class ViewSamplingTests
{
    [Theory]
    [InlineData(64, new[] { 0, 0, 0, 0, 0 })]
    [InlineData(65, new[] { 0, 0, 0, 0, 1 })]
    [InlineData(100, new[] { 0, 9, 18, 27, 36 })]
    [InlineData(250, new[] { 0, 46, 93, 139, 186 })]
    [InlineData(300, new[] { 0, 59, 118, 177, 236 })]
    public void Views_begin_where_the_reference_begins_them(int length, int[] starts)
    {
        for (int view = 0; view < 5; view++)
        {
            int[] frames = Choose(new ViewSampling(stride: 4, viewCount: 5), length, view, 0);
            Assert.Equal(Enumerable.Range(0, 16).Select(k => starts[view] + (4 * k)), frames);
        }
    }

    [Fact]
    public void Frames_past_the_end_of_a_short_video_repeat_the_last() =>
        Assert.Equal([0, 4, 8, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9], Choose(new ViewSampling(4, 5), 10, 4, 0));

    [Fact]
    public void Strided_frames_lie_in_the_video_and_reach_all_of_it()
    {
        foreach (int length in new[] { 1, 5, 67, 68, 69, 300 })
        {
            int[] all = [.. Enumerable.Range(0,
                3000).SelectMany(stream => Choose(new StridedSampling(4, jitter: true), length, 0, (ulong)stream))];
            Assert.All(all, frame => Assert.InRange(frame, 0, length - 1));

            // The first start that the published rule never draws leaves the last few frames unreached.
            Assert.InRange(all.Max(), length > 68 ? length - 8 : 0, length - 1);
            Assert.Equal(0, all.Min());
        }

        int[] plain = Choose(new StridedSampling(4, jitter: false), 60, 0, 0);
        Assert.Equal(Enumerable.Range(0, 16).Select(k => 4 * k % 60), plain);
    }

    [Fact]
    public void A_training_window_is_even_and_inside_the_video()
    {
        Assert.Equal([0, 4, 8, 12, 16, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19], Choose(new WindowSampling(4), 20, 0, 0));
        for (ulong stream = 0; stream < 500; stream++)
        {
            int[] frames = Choose(new WindowSampling(4), 100, 0, stream);
            Assert.Equal(63, frames[^1] - frames[0]);
            Assert.InRange(frames[0], 0, 35);
            Assert.All(frames.Zip(frames.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 3, 5));
        }
    }

    [Fact]
    public void Views_of_a_segment_share_its_parts_evenly()
    {
        // 160 frames, 16 parts of 10: view v of 5 stands at 1, 3, 5, 7 and 9 of each.
        for (int view = 0; view < 5; view++)
        {
            int[] frames = Choose(new SegmentSampling(jitter: false, viewCount: 5), 160, view, 0);
            Assert.Equal(Enumerable.Range(0, 16).Select(k => (10 * k) + 1 + (2 * view)), frames);
        }

        Assert.Equal(
            Choose(new SegmentSampling(jitter: false), 97, 0, 0), Choose(new SegmentSampling(jitter: false, viewCount: 3), 97, 1, 0));
    }

    /// <summary>A video of 100 frames in one file, and the same in chunks of 40, 40 and 20: the same frames in every rule.</summary>
    [Theory]
    [InlineData("strided")]
    [InlineData("window")]
    [InlineData("views")]
    public void Chunks_give_the_frames_of_the_whole_file(string rule)
    {
        FrameSampling sampling = rule switch
        {
            "strided" => new StridedSampling(4, jitter: true),
            "window" => new WindowSampling(4),
            _ => new ViewSampling(4, 3),
        };
        const int rate = 10, seconds = 4;
        StoredVideo chunks = new("v", seconds, [0, 4, 8], [new("/v/0.mp4"), new("/v/4.mp4"), new("/v/8.mp4")]);
        StoredVideo file = new("v", new VideoSource("/v.mp4"));
        ShapesOnly shapes = new(path => new VideoShape(
            320, 240, path == "/v.mp4" ? 100 : path == "/v/8.mp4" ? 20 : 40, rate));
        foreach (ClipSpan span in new[] { ClipSpan.Whole, new ClipSpan(1, 9), new ClipSpan(3.9, 4.2), new ClipSpan(7, 30), new ClipSpan(0, 1) })
        {
            for (ulong stream = 0; stream < 300; stream++)
            {
                ClipRequest inFile = Choose(file, span, stream), inChunks = Choose(chunks, span, stream);
                List<int> global = [];
                foreach (ClipSegment segment in inChunks.Segments)
                {
                    int begin = rate * int.Parse(Path.GetFileNameWithoutExtension(segment.Video.Path), CultureInfo.InvariantCulture);
                    Assert.Equal(global.Count, segment.First);
                    global.AddRange(inChunks.Frames.Slice(segment.First, segment.Count).ToArray().Select(frame => begin + frame));
                }

                Assert.Equal(inFile.Frames.ToArray(), global);
            }
        }

        ClipRequest Choose(StoredVideo video, ClipSpan span, ulong stream)
        {
            ClipRequest request = new(16, 8, 8, 0);
            CounterRandom random = new(1, stream);
            sampling.Choose(video, span, (int)stream % sampling.ViewCount, ref random, shapes, request);
            return request;
        }
    }

    private static int[] Choose(FrameSampling sampling, int length, int view, ulong stream)
    {
        ClipRequest request = new(16, 8, 8, 0);
        CounterRandom random = new(1, stream);
        ShapesOnly shapes = new(_ => new VideoShape(320, 240, length, 30));
        sampling.Choose(new StoredVideo("v", new VideoSource("/v.mp4")), ClipSpan.Whole, view, ref random, shapes, request);
        return request.Frames.ToArray();
    }
}
