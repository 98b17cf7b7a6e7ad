namespace Avion.Video.Tests;

/// <summary>Many callers, hanging files and bad files: each costs its own clip and nothing else.</summary>
public sealed class ClipReaderPoolTests
{
    [Fact]
    public void Callers_on_many_threads_get_the_clips_of_a_single_reader()
    {
        string path = TestVideos.Make("slices.mp4", "-c:v libx264 -g 12");
        using ClipReader reader = new();
        FrameTransform transform = FrameTransform.Whole(reader.GetInfo(path), 32, 32);
        using ClipReaderPool pool = new(3);
        byte[][] expected = new byte[20][];
        byte[][] actual = new byte[20][];
        for (int i = 0; i < 20; i++)
        {
            expected[i] = new byte[2 * transform.FrameBytes];
            reader.Read(path, [i, 59 - i], transform, expected[i]);
        }

        Parallel.For(0, 20, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            actual[i] = new byte[2 * transform.FrameBytes];
            pool.Read(path, [i, 59 - i], transform, actual[i]);
        });

        Assert.Equal(expected, actual);
        Assert.Equal(0, pool.AbandonedCount);
    }

    [Fact]
    public void Several_views_of_a_part_of_a_file_are_one_call()
    {
        string path = TestVideos.Make("slices.mp4", "-c:v libx264 -g 12");
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(new VideoSource(path, 0, new FileInfo(path).Length));
        FrameTransform[] views =
        [
            FrameTransform.Whole(info, 32, 32), new(new CropBox(10, 8, 64, 64), 32, 32),
            new(new CropBox(50, 20, 70, 50), 32, 32, Flip: true),
        ];
        byte[] expected = new byte[views.Length * 2 * views[0].FrameBytes];
        reader.Read(info, [41, 7], views, expected);
        byte[] actual = new byte[expected.Length];
        using ClipReaderPool pool = new(1);
        pool.Read(info.Source, [41, 7], views, actual);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void A_reader_that_hangs_costs_one_clip_and_never_writes_into_the_callers_memory()
    {
        string path = TestVideos.Make("slices.mp4", "-c:v libx264 -g 12");
        using ClipReader reader = new();
        FrameTransform transform = FrameTransform.Whole(reader.GetInfo(path), 32, 32);
        using ManualResetEventSlim answer = new();
        using ManualResetEventSlim ended = new();
        int calls = 0;
        // The first clip hangs, as in a system call, until the storage "answers".
        using ClipReaderPool pool = new(1, new ClipReaderOptions { DeadlineSeconds = 0.05 }, _ =>
        {
            if (Interlocked.Increment(ref calls) == 1)
            {
                answer.Wait();
                ended.Set();
            }
        });
        byte[] hung = Enumerable.Repeat((byte)77, transform.FrameBytes).ToArray();

        VideoException failure = Assert.Throws<VideoException>(() => pool.Read(path, [0], transform, hung));
        Assert.Equal(VideoErrorKind.DeadlineExceeded, failure.Kind);
        Assert.Equal(1, pool.AbandonedCount);
        answer.Set();
        Assert.True(ended.Wait(TimeSpan.FromSeconds(20)));
        Thread.Sleep(100);

        Assert.All(hung, value => Assert.Equal(77, value));
        Assert.Throws<VideoException>(() => pool.Read("/nonexistent.mp4", [0], transform, hung));
        Assert.Equal(1, pool.AbandonedCount);
    }

    [Fact]
    public void A_bad_file_costs_its_clip_alone()
    {
        string path = TestVideos.Make("slices.mp4", "-c:v libx264 -g 12");
        using ClipReader reader = new();
        FrameTransform transform = FrameTransform.Whole(reader.GetInfo(path), 32, 32);
        byte[] clip = new byte[transform.FrameBytes];
        using ClipReaderPool pool = new(1);

        VideoException failure = Assert.Throws<VideoException>(() => pool.Read("/nonexistent.mp4", [0], transform, clip));

        Assert.Equal(VideoErrorKind.NotFound, failure.Kind);
        pool.Read(path, [5], transform, clip);
        byte[] expected = new byte[clip.Length];
        reader.Read(path, [5], transform, expected);
        Assert.Equal(expected, clip);
    }
}
