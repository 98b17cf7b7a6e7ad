namespace Avion.Video.Tests;

/// <summary>What a caller of <see cref="ClipReader"/> may rely on: pixels, slices, work done, memory, deadlines.</summary>
public sealed class ClipReaderTests
{
    [Fact]
    public void Natural_video_is_bit_exact_on_both_roads()
    {
        string path = TestVideos.Cockatoo();
        using ClipReader indexed = new();
        using ClipReader general = new(new ClipReaderOptions { ForceGeneralRoad = true, Cache = new VideoInfoCache() });

        VideoInfo info = indexed.GetInfo(path);
        int[] frames = [0, 140, 76, 279, 33, 77, 200, 5, 180];
        string select = string.Join('+', frames.Order().Select(frame => $"eq(n,{frame})"));
        byte[] expected = FFmpegProgram.RawFrames(path, $"-vf select='{select}'");
        byte[][] one = Planes.Read(indexed, info, frames);
        byte[][] other = Planes.Read(general, general.GetInfo(path), frames);

        Assert.True(info.IsIndexed);
        Assert.False(general.GetInfo(path).IsIndexed);
        Assert.Equal(280, info.FrameCount);
        for (int i = 0; i < frames.Length; i++)
        {
            int bytes = expected.Length / frames.Length;
            ReadOnlySpan<byte> truth = expected.AsSpan(frames.Count(frame => frame < frames[i]) * bytes, bytes);
            Assert.True(truth.SequenceEqual(one[i]), $"frame {frames[i]} by the index");
            Assert.True(truth.SequenceEqual(other[i]), $"frame {frames[i]} by libavformat");
            using ClipReader fresh = new();
            Assert.True(truth.SequenceEqual(Planes.Read(fresh, info, frames[i])[0]), $"frame {frames[i]} by a new reader");
        }
    }

    [Theory]
    [InlineData("", 31, 17, 101, 63, false)]
    [InlineData("", 8, 4, 144, 88, true)]
    [InlineData("-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709", 20, 10, 90, 80, true)]
    public void Bicubic_mode_has_the_very_bytes_of_ffmpegs_filters(string tags, int x, int y, int width, int height, bool flip)
    {
        Assert.SkipUnless(FFmpegLibraries.TryLoad(out _) && FFmpegLibraries.HasFFmpegBicubic, "needs libswscale");
        string path = TestVideos.Make($"bicubic{tags.Length}.mp4", $"-c:v libx264 -g 10 {tags}", frames: 12);
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);
        FrameTransform transform =
            new(new CropBox(x, y, width, height), 112, 112, flip, Interpolation.FFmpegBicubic, PixelLayout.Interleaved);
        byte[] actual = new byte[12 * transform.FrameBytes];
        reader.Read(info, Enumerable.Range(0, 12).ToArray(), transform, actual);

        byte[] expected = FFmpegProgram.Run(
            $"-i \"{path}\" -vf crop={width}:{height}:{x}:{y},{(flip ? "hflip," : "")}scale=112:112:flags=bicubic -f rawvideo -pix_fmt rgb24 -");

        Assert.True(expected.AsSpan().SequenceEqual(actual), "the bytes differ");
    }

    [Fact]
    public void Antialiased_pixels_look_like_ffmpegs_bilinear_ones()
    {
        string path = TestVideos.Cockatoo();
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);
        byte[] actual = new byte[3 * 224 * 224];
        reader.Read(info, [100], new FrameTransform(new CropBox(200, 40, 640, 640), 224, 224, Layout: PixelLayout.Interleaved), actual);

        byte[] expected = FFmpegProgram.Run(
            $"-i \"{path}\" -vf select='eq(n,100)',crop=640:640:200:40,scale=224:224:flags=bilinear+accurate_rnd+full_chroma_int -frames:v 1 -f rawvideo -pix_fmt rgb24 -");

        double squares = actual.Zip(expected, (a, b) => (double)(a - b) * (a - b)).Average();
        double decibels = 10 * Math.Log10(255 * 255 / squares);
        Assert.True(decibels > 36, $"{decibels:0.0} dB");
    }

    [Fact]
    public void Each_frame_goes_to_its_own_slice_in_any_order_and_with_repeats()
    {
        string path = TestVideos.Make("slices.mp4", "-c:v libx264 -g 12");
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);
        FrameTransform transform = FrameTransform.Whole(info, 40, 24);
        byte[] all = new byte[60 * transform.FrameBytes];
        reader.Read(info, Enumerable.Range(0, 60).ToArray(), transform, all);
        int[] wanted = [50, 3, 3, 59, 0, 17, 50, 4];
        byte[] clip = new byte[wanted.Length * transform.FrameBytes];

        reader.Read(path, wanted, transform, clip);

        for (int i = 0; i < wanted.Length; i++)
        {
            Assert.Equal(
                all.AsSpan(wanted[i] * transform.FrameBytes, transform.FrameBytes),
                clip.AsSpan(i * transform.FrameBytes, transform.FrameBytes));
        }
    }

    [Fact]
    public void Several_transforms_decode_each_frame_once()
    {
        string path = TestVideos.Make("slices.mp4", "-c:v libx264 -g 12");
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);
        FrameTransform[] views = [new(new CropBox(0, 0, 96, 96), 32, 32), new(new CropBox(64, 0, 96, 96), 32, 32, Flip: true)];
        int[] frames = [7, 20, 33];
        byte[] expected = new byte[2 * 3 * views[0].FrameBytes];
        reader.Read(info, frames, views[0], expected.AsSpan(0, expected.Length / 2));
        DecodeCounters before = reader.Counters;
        reader.Read(info, frames, views[1], expected.AsSpan(expected.Length / 2));
        DecodeCounters one = reader.Counters - before;
        byte[] actual = new byte[expected.Length];
        before = reader.Counters;

        reader.Read(info, frames, views, actual);

        DecodeCounters both = reader.Counters - before;
        Assert.Equal(expected, actual);
        Assert.Equal(one.FramesDecoded, both.FramesDecoded);
        Assert.Equal(one.PacketsSent, both.PacketsSent);
        Assert.Equal(6, both.FramesConverted);
    }

    [Fact]
    public void Only_groups_with_a_wanted_frame_are_read_in_one_read_each()
    {
        string path = TestVideos.Make("groups.mp4", "-c:v libx264 -g 10 -keyint_min 10 -sc_threshold 0 -bf 2", frames: 100);
        using ClipReader reader = new(new ClipReaderOptions { Cache = new VideoInfoCache() });
        VideoInfo info = reader.GetInfo(path);
        FrameTransform transform = FrameTransform.Whole(info, 32, 32);
        byte[] clip = new byte[2 * transform.FrameBytes];
        DecodeCounters before = reader.Counters;

        reader.Read(info, [33, 81], transform, clip);

        DecodeCounters work = reader.Counters - before;
        Assert.Equal(2, work.RunsDecoded);
        Assert.Equal(2, work.ReadCalls);
        Assert.InRange(work.PacketsSent, 2, 10);
        Assert.InRange(work.BytesRead, 1, new FileInfo(path).Length / 5);
        Assert.Equal(2, work.FramesConverted);
    }

    [Fact]
    public void Pictures_that_nothing_refers_to_are_not_decoded()
    {
        string path = TestVideos.Make(
            "disposable.mp4", "-c:v libx264 -x264-params keyint=32:bframes=3:b-adapt=0:b-pyramid=none:scenecut=0", frames: 64);
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);
        FrameTransform transform = FrameTransform.Whole(info, 32, 32);
        byte[] clip = new byte[transform.FrameBytes];

        reader.Read(info, [28], transform, clip);

        Assert.InRange(reader.Counters.PacketsSent, 1, 9);
        Assert.True(reader.Counters.PacketsSkipped >= 18, $"{reader.Counters.PacketsSkipped} skipped");
    }

    [Fact]
    public void A_warm_read_allocates_no_managed_memory()
    {
        string path = TestVideos.Make("groups.mp4", "-c:v libx264 -g 10 -keyint_min 10 -sc_threshold 0 -bf 2", frames: 100);
        string other = TestVideos.Make("slices.mp4", "-c:v libx264 -g 12");
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);
        FrameTransform transform = new(new CropBox(10, 4, 100, 80), 64, 64, Flip: true);
        byte[] clip = new byte[4 * transform.FrameBytes];
        int[] frames = [5, 22, 22, 57];
        for (int i = 0; i < 3; i++)
        {
            reader.Read(path, frames, transform, clip);
            reader.Read(other, frames, transform, clip);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 5; i++)
        {
            reader.Read(path, frames, transform with { Crop = new CropBox(i, i, 100, 80) }, clip);
            reader.Read(other, frames, transform, clip);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Readers_on_many_threads_give_the_same_bytes()
    {
        string path = TestVideos.Make("slices.mp4", "-c:v libx264 -g 12");
        FrameTransform transform = new(new CropBox(8, 8, 120, 80), 48, 48);
        int[][] requests = Enumerable.Range(0,
            24).Select(seed => new Random(seed)).Select(random => new[] { random.Next(60), random.Next(60) }).ToArray();
        byte[][] Serve(bool parallel)
        {
            byte[][] clips = requests.Select(_ => new byte[2 * transform.FrameBytes]).ToArray();
            Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = parallel ? 4 : 1 }, worker =>
            {
                using ClipReader reader = new();
                for (int i = worker; i < requests.Length; i += 4)
                {
                    reader.Read(path, requests[i], transform, clips[i]);
                }
            });
            return clips;
        }

        FFmpegProgram.Require();
        byte[][] alone = Serve(parallel: false);
        byte[][] together = Serve(parallel: true);

        Assert.Equal(alone, together);
    }

    [Fact]
    public void A_part_of_a_file_reads_like_the_file()
    {
        string path = TestVideos.Make("slices.mp4", "-c:v libx264 -g 12");
        string shard = TestVideos.Make("part.bin", target =>
        {
            byte[] video = File.ReadAllBytes(path);
            File.WriteAllBytes(target, [.. new byte[777], .. video, .. new byte[333]]);
        });
        using ClipReader reader = new();
        VideoInfo whole = reader.GetInfo(path);
        VideoInfo part = reader.GetInfo(new VideoSource(shard, 777, new FileInfo(path).Length));

        Assert.Equal(Planes.Read(reader, whole, 3, 40), Planes.Read(reader, part, 3, 40));
    }

    [Fact]
    public void A_deadline_costs_one_clip_and_the_reader_goes_on()
    {
        string path = TestVideos.Make("slices.mp4", "-c:v libx264 -g 12");
        VideoInfoCache cache = new();
        using ClipReader patient = new(new ClipReaderOptions { Cache = cache });
        VideoInfo info = patient.GetInfo(path);
        FrameTransform transform = FrameTransform.Whole(info, 32, 32);
        byte[] clip = new byte[transform.FrameBytes];
        using ClipReader hasty = new(new ClipReaderOptions { Cache = cache, DeadlineSeconds = 1e-7 });

        VideoException failure = Assert.Throws<VideoException>(() => hasty.Read(info, [50], transform, clip));

        Assert.Equal(VideoErrorKind.DeadlineExceeded, failure.Kind);
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        Assert.Throws<OperationCanceledException>(() => patient.Read(info, [50], transform, clip, new CancellationToken(canceled: true)));
        patient.Read(info, [50], transform, clip);
    }

    [Fact]
    public void Wrong_arguments_say_what_was_expected()
    {
        string path = TestVideos.Make("slices.mp4", "-c:v libx264 -g 12");
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);
        FrameTransform good = FrameTransform.Whole(info, 32, 32);
        byte[] clip = new byte[good.FrameBytes];

        Assert.Contains("3072", Assert.Throws<ArgumentException>(() => reader.Read(info, [0], good, new byte[5])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => reader.Read(info, [0], good with { Crop = new CropBox(1, 0, 160, 96) }, clip));
        Assert.Throws<ArgumentException>(() => reader.Read(info, [0], good with { Crop = new CropBox(int.MaxValue, 0, 2, 2) }, clip));
        Assert.Throws<ArgumentException>(() => reader.Read(info, [0], good with { OutputWidth = 0 }, clip));
        VideoException missing = Assert.Throws<VideoException>(() => reader.Read(info, [60], good, clip));
        Assert.Equal(VideoErrorKind.NoSuchFrame, missing.Kind);
        Assert.Equal(VideoErrorKind.NoSuchFrame, Assert.Throws<VideoException>(() => reader.Read(info, [-1], good, clip)).Kind);
    }
}
