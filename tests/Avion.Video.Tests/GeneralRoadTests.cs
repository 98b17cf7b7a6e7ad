namespace Avion.Video.Tests;

/// <summary>Frames of other containers and codecs through libavformat, bit for bit what the ffmpeg program decodes.</summary>
public sealed class GeneralRoadTests
{
    [Theory]
    [InlineData("h264.mkv", "-c:v libx264 -g 12")]
    [InlineData("h264-open.mkv", "-c:v libx264 -x264-params open-gop=1:keyint=12:bframes=4:scenecut=0")]
    [InlineData("h264.ts", "-c:v libx264 -g 12 -bf 2")]
    [InlineData("h264.flv", "-c:v libx264 -g 12")]
    [InlineData("h264-fragmented.mp4", "-c:v libx264 -g 12 -movflags frag_keyframe+empty_moov")]
    [InlineData("hevc.mkv", "-c:v libx265 -x265-params log-level=none:keyint=12:bframes=3")]
    [InlineData("vp9.webm", "-c:v libvpx-vp9 -g 12 -deadline realtime -cpu-used 8 -auto-alt-ref 1 -lag-in-frames 10")]
    [InlineData("vp8.webm", "-c:v libvpx -g 12 -deadline realtime -cpu-used 8 -auto-alt-ref 1 -lag-in-frames 10")]
    [InlineData("av1.webm", "-c:v libsvtav1 -g 12 -preset 10")]
    [InlineData("mpeg4.avi", "-c:v mpeg4 -g 12 -bf 2 -q:v 5")]
    [InlineData("mpeg4.mp4", "-c:v mpeg4 -g 12 -bf 2 -q:v 5")]
    [InlineData("msmpeg4.avi", "-c:v msmpeg4 -g 12 -q:v 5")]
    [InlineData("mjpeg.avi", "-c:v mjpeg -q:v 4 -pix_fmt yuvj420p")]
    [InlineData("mpeg1.mpg", "-c:v mpeg1video -g 12 -bf 2 -q:v 5")]
    [InlineData("mpeg2.mpg", "-c:v mpeg2video -g 12 -bf 2 -q:v 5 -f vob")]
    [InlineData("mpeg2.mkv", "-c:v mpeg2video -g 12 -bf 2 -q:v 5")]
    public void Every_frame_is_bit_exact(string name, string coding)
    {
        string path = TestVideos.Make(name, coding);
        using ClipReader reader = new();

        List<string> differences = Planes.Differences(reader, path, groups: 8);

        Assert.False(reader.GetInfo(path).IsIndexed);
        Assert.Empty(differences);
    }

    [Theory]
    [InlineData("both-roads.mp4", "-c:v libx264 -g 12")]
    [InlineData("both-roads-open.mp4", "-c:v libx264 -x264-params open-gop=1:keyint=12:bframes=4:scenecut=0")]
    public void Both_roads_give_the_same_frames(string name, string coding)
    {
        string path = TestVideos.Make(name, coding);
        using ClipReader reader = new(new ClipReaderOptions { ForceGeneralRoad = true, Cache = new VideoInfoCache() });

        List<string> differences = Planes.Differences(reader, path);

        Assert.False(reader.GetInfo(path).IsIndexed);
        Assert.Empty(differences);
    }
}
