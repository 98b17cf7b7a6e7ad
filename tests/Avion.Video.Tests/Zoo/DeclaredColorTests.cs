namespace Avion.Video.Tests;

/// <summary>Ranges and matrices as streams and containers declare them, against the very bytes of the ffmpeg program.</summary>
public sealed class DeclaredColorTests
{
    [Theory]
    [InlineData("gray.mkv", "-c:v ffv1 -pix_fmt gray")]
    [InlineData("gray-limited.mkv", "-c:v ffv1 -pix_fmt gray -color_range tv")]
    [InlineData("gray-full.mkv", "-c:v ffv1 -pix_fmt gray -color_range pc")]
    [InlineData("gray-10.mkv", "-c:v ffv1 -pix_fmt gray10le")]
    [InlineData("gray-10-limited.mkv", "-c:v ffv1 -pix_fmt gray10le -color_range tv")]
    [InlineData("gray-12-full.mkv", "-c:v ffv1 -pix_fmt gray12le -color_range pc")]
    [InlineData("colour-full.mkv", "-c:v ffv1 -color_range pc")]
    [InlineData("colour-limited.mkv", "-c:v ffv1 -color_range tv -colorspace bt709")]
    [InlineData("h264-full.mp4", "-c:v libx264 -color_range pc")]
    [InlineData("h264-709.mp4", "-c:v libx264 -colorspace bt709 -color_primaries bt709 -color_trc bt709")]
    [InlineData("mpeg4-709.mp4", "-c:v mpeg4 -q:v 3 -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range pc")]
    [InlineData("vp9-709.mp4", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -colorspace bt709 -color_primaries bt709 -color_trc bt709")]
    [InlineData("mjpeg-full.mov", "-c:v mjpeg -pix_fmt yuvj420p -q:v 3")]
    [InlineData("mjpeg-422.avi", "-c:v mjpeg -pix_fmt yuvj422p -q:v 3")]
    public void Bytes_are_the_programs(string name, string coding)
    {
        FFmpegProgram.Require();
        Assert.SkipUnless(FFmpegLibraries.HasFFmpegBicubic, "needs libswscale");
        string path = TestVideos.Make("declared-" + name, coding, frames: 6, size: "96x64");
        byte[] expected = FFmpegProgram.Run($"-i \"{path}\" -vf select='eq(n,4)' -frames:v 1 -f rawvideo -pix_fmt rgb24 -");
        foreach (bool general in (bool[])[false, true])
        {
            using ClipReader reader = new(new ClipReaderOptions { ForceGeneralRoad = general, Cache = new VideoInfoCache() });
            VideoInfo info = reader.GetInfo(path);
            FrameTransform transform = FrameTransform.Whole(info, info.Width, info.Height) with
            {
                Layout = PixelLayout.Interleaved, Interpolation = Interpolation.FFmpegBicubic,
            };
            byte[] actual = new byte[transform.FrameBytes];
            reader.Read(info, [4], transform, actual);

            Assert.True(expected.AsSpan().SequenceEqual(actual), $"{name}: general {general}: the bytes differ");
        }
    }

    /// <summary>Grey has no colour to interpolate, so that the reader's own kernels have to give the program's levels.</summary>
    [Theory]
    [InlineData("gray.mkv", "-c:v ffv1 -pix_fmt gray")]
    [InlineData("gray-limited.mkv", "-c:v ffv1 -pix_fmt gray -color_range tv")]
    [InlineData("gray-10.mkv", "-c:v ffv1 -pix_fmt gray10le")]
    [InlineData("gray-10-limited.mkv", "-c:v ffv1 -pix_fmt gray10le -color_range tv")]
    public void Grey_levels_are_the_programs_within_one(string name, string coding)
    {
        string path = TestVideos.Make("declared-" + name, coding, frames: 6, size: "96x64");
        byte[] expected = FFmpegProgram.Run($"-i \"{path}\" -vf select='eq(n,4)' -frames:v 1 -f rawvideo -pix_fmt rgb24 -");
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);
        FrameTransform transform = FrameTransform.Whole(info, info.Width, info.Height) with { Layout = PixelLayout.Interleaved };
        byte[] actual = new byte[transform.FrameBytes];
        reader.Read(info, [4], transform, actual);

        Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 0, 1);
    }
}
