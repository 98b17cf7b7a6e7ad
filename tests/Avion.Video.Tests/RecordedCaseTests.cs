namespace Avion.Video.Tests;

/// <summary>
/// Files of kinds that were reported in public and are easily read wrongly, with what the ffmpeg program makes of them. The pictures of
/// most show their number as twelve blocks of ten pixels at the top.
/// </summary>
public sealed class RecordedCaseTests
{
    private const int Bits = 12;

    [Theory]
    [InlineData("packed.avi", 148)]
    [InlineData("av1-seq-once.mp4", 40)]
    [InlineData("vp9-no-stss.mp4", 60)]
    [InlineData("open-gop-start.mp4", 31)]
    [InlineData("hevc-mid-gop.ts", 31)]
    [InlineData("declared-320x240.mp4", 60)]
    [InlineData("chapter-picture.mov", 60)]
    [InlineData("h264-nopts.avi", 60)]
    public void Every_frame_alone_is_the_programs(string name, int frames)
    {
        FFmpegProgram.Require();
        string path = Repository.Asset("video", name);
        int seed = Environment.TickCount;
        foreach (bool general in (bool[])[false, true])
        {
            using ClipReader reader = new(new ClipReaderOptions { ForceGeneralRoad = general, Cache = new VideoInfoCache() });

            Assert.Equal(frames, reader.GetInfo(path).FrameCount);
            Assert.Empty(Planes.EachAlone(reader, path, FFmpegProgram.RawFrames(path, stream: "v:V"), seed));
        }
    }

    [Theory]
    [InlineData("av1-seq-once.mp4", 0, 40)]
    [InlineData("vp9-no-stss.mp4", 0, 60)]
    [InlineData("declared-320x240.mp4", 0, 60)]
    [InlineData("open-gop-start.mp4", 24, 6)]
    [InlineData("hevc-mid-gop.ts", 24, 24)]
    [InlineData("packed.avi", 0, 19)]
    public void Frames_show_their_numbers(string name, int first, int count)
    {
        FFmpegProgram.Require();
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(Repository.Asset("video", name));
        FrameTransform transform = FrameTransform.Whole(info, 128, 96) with { Layout = PixelLayout.Interleaved };
        byte[] picture = new byte[transform.FrameBytes];

        for (int frame = count - 1; frame >= 0; frame--)
        {
            reader.Read(info, [frame], transform, picture);
            Assert.Equal(first + frame, NumberOn(picture));
        }

        Assert.Equal((128, 96), (info.Width, info.Height));
    }

    [Fact]
    public void A_chapter_picture_is_not_the_video()
    {
        FFmpegProgram.Require();
        using ClipReader reader = new();

        VideoInfo info = reader.GetInfo(Repository.Asset("video", "chapter-picture.mov"));

        Assert.Equal(("h264", 128, 96, 60), (info.Codec, info.Width, info.Height, info.FrameCount));
        Assert.Equal(2, info.DurationSeconds, 1e-6);
    }

    [Fact]
    public void A_mirrored_picture_is_read_mirrored_from_fragments_too()
    {
        FFmpegProgram.Require();
        string path = Repository.Asset("video", "mirrored-fragmented.mp4");
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);
        FrameTransform transform = FrameTransform.Whole(info, 128, 96) with { Layout = PixelLayout.Interleaved };
        byte[] actual = new byte[transform.FrameBytes];
        reader.Read(info, [7], transform, actual);

        byte[] shown = FFmpegProgram.Run($"-i \"{path}\" -vf select='eq(n,7)' -frames:v 1 -f rawvideo -pix_fmt rgb24 -");

        Assert.InRange(actual.Zip(shown, (a, b) => Math.Abs(a - b)).Average(), 0, 2.5);
    }

    [Fact]
    public void Grey_without_a_declared_range_is_full()
    {
        FFmpegProgram.Require();
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(Repository.Asset("video", "gray.mkv"));
        FrameTransform transform = FrameTransform.Whole(info, info.Width, info.Height) with { Layout = PixelLayout.Interleaved };
        byte[] actual = new byte[transform.FrameBytes];
        reader.Read(info, [5], transform, actual);

        byte[] row = [.. Enumerable.Range(0, 10).Select(x => actual[3 * ((50 * info.Width) + x)])];

        Assert.Equal([62, 62, 63, 63, 64, 65, 65, 66, 66, 67], row);
    }

    [Fact]
    public void The_last_frame_of_an_avi_without_times_lasts_as_long_as_the_others()
    {
        FFmpegProgram.Require();
        using ClipReader reader = new();

        VideoInfo info = reader.GetInfo(Repository.Asset("video", "h264-nopts.avi"));

        Assert.Equal(2, info.DurationSeconds, 1e-6);
        Assert.Equal(30, info.FramesPerSecond, 1e-4);
    }

    private static int NumberOn(byte[] picture)
    {
        int number = 0;
        for (int bit = 0; bit < Bits; bit++)
        {
            number |= picture[3 * ((8 * 128) + (10 * bit) + 5)] > 125 ? 1 << bit : 0;
        }

        return number;
    }
}
