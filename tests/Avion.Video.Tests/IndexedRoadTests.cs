namespace Avion.Video.Tests;

/// <summary>Frames of mp4 and mov files by our own index, bit for bit what the ffmpeg program decodes.</summary>
public sealed class IndexedRoadTests
{
    [Theory]
    [InlineData("x264-defaults.mp4", "-c:v libx264")]
    [InlineData("x264-short-groups.mp4", "-c:v libx264 -g 8")]
    [InlineData("x264-fast-decode.mp4", "-c:v libx264 -preset faster -tune fastdecode -g 30")]
    [InlineData("x264-open-groups.mp4", "-c:v libx264 -x264-params open-gop=1:keyint=12:bframes=4:b-pyramid=normal:scenecut=0")]
    [InlineData("x264-open-groups-strict-pyramid.mp4",
        "-c:v libx264 -x264-params open-gop=1:keyint=10:bframes=7:b-pyramid=strict:scenecut=0:b-adapt=0")]
    [InlineData("x264-many-b-frames.mp4", "-c:v libx264 -x264-params keyint=32:bframes=7:b-adapt=0:b-pyramid=none:scenecut=0")]
    [InlineData("x264-no-b-frames.mp4", "-c:v libx264 -bf 0 -g 20")]
    [InlineData("x264-intra.mp4", "-c:v libx264 -g 1")]
    [InlineData("x264-intra-refresh.mp4", "-c:v libx264 -x264-params intra-refresh=1:keyint=15:bframes=0")]
    [InlineData("x264-interlaced.mp4", "-c:v libx264 -g 15 -flags +ildct+ilme -x264-params tff=1")]
    [InlineData("x264-many-references.mp4", "-c:v libx264 -g 24 -refs 12 -x264-params b-pyramid=normal:weightp=2")]
    [InlineData("x264-slices.mp4", "-c:v libx264 -g 16 -x264-params slices=4:cabac=0")]
    [InlineData("x264-moov-first.mp4", "-c:v libx264 -g 16 -movflags +faststart")]
    [InlineData("x264.mov", "-c:v libx264 -g 16")]
    [InlineData("x264-10-bit.mp4", "-c:v libx264 -g 12 -pix_fmt yuv420p10le")]
    [InlineData("x264-422.mp4", "-c:v libx264 -g 12 -pix_fmt yuv422p")]
    [InlineData("x264-444.mp4", "-c:v libx264 -g 12 -pix_fmt yuv444p")]
    [InlineData("x265.mp4", "-c:v libx265 -x265-params log-level=none:keyint=16:bframes=4 -tag:v hvc1")]
    [InlineData("x265-open-groups.mp4",
        "-c:v libx265 -x265-params log-level=none:keyint=12:min-keyint=12:open-gop=1:bframes=4:b-pyramid=1:scenecut=0")]
    [InlineData("x265-layers.mp4", "-c:v libx265 -x265-params log-level=none:keyint=16:bframes=4:temporal-layers=1")]
    [InlineData("vp9.mp4", "-c:v libvpx-vp9 -g 16 -deadline realtime -cpu-used 8 -auto-alt-ref 1 -lag-in-frames 16")]
    [InlineData("av1.mp4", "-c:v libsvtav1 -g 16 -preset 10")]
    [InlineData("mjpeg.mov", "-c:v mjpeg -q:v 4 -pix_fmt yuvj420p")]
    public void Every_frame_is_bit_exact(string name, string coding)
    {
        string path = TestVideos.Make(name, coding);
        using ClipReader reader = new();

        List<string> differences = Planes.Differences(reader, path);

        Assert.True(reader.GetInfo(path).IsIndexed);
        Assert.Empty(differences);
    }
}
