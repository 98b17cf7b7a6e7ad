namespace Avion.Video.Tests;

/// <summary>Which of several video tracks is read: the same one on both roads, and the one that the ffmpeg program shows.</summary>
public sealed class TrackChoiceTests
{
    private const string Two =
        "-filter_complex \"testsrc2=s=64x48:r=10[a];testsrc2=s=128x96:r=10[b]\" " +
        "-map [a] -map [b] -t 1.2 -c:v libx264 -g 4 -pix_fmt yuv420p";

    [Theory]
    [InlineData("two.mp4", -1, 128)]
    [InlineData("two-large-disabled.mp4", 1, 64)]
    [InlineData("two-small-disabled.mp4", 0, 128)]
    [InlineData("two.mkv", -1, 128)]
    public void Of_enabled_tracks_the_largest_is_read(string name, int disabled, int width)
    {
        FFmpegProgram.Require();
        string path = TestVideos.Make("tracks-" + name, path =>
        {
            FFmpegProgram.Run($"{Two} -disposition:v default \"{path}\"");
            if (disabled >= 0)
            {
                File.WriteAllBytes(path, Mp4Surgery.WithDisabledTrack(File.ReadAllBytes(path), disabled));
            }
        });
        byte[] expected = FFmpegProgram.Run($"-i \"{path}\" -fps_mode passthrough -f rawvideo -");
        foreach (bool general in (bool[])[false, true])
        {
            using ClipReader reader = new(new ClipReaderOptions { ForceGeneralRoad = general, Cache = new VideoInfoCache() });

            Assert.Equal(width, reader.GetInfo(path).Width);
            Assert.Empty(Planes.EachAlone(reader, path, expected, Environment.TickCount));
        }
    }

    [Fact]
    public void A_single_picture_is_not_the_video_however_large()
    {
        FFmpegProgram.Require();
        string cover = TestVideos.Make("cover-alone.mov", "-c:v mjpeg -pix_fmt yuvj420p", frames: 1, size: "320x240");
        string video = TestVideos.Make("cover-video.mov", "-c:v libx264 -g 4", frames: 12, size: "64x48");
        string path = TestVideos.Make(
            "tracks-cover.mov", path => FFmpegProgram.Run($"-i \"{cover}\" -i \"{video}\" -map 0 -map 1 -c copy \"{path}\""));
        foreach (bool general in (bool[])[false, true])
        {
            using ClipReader reader = new(new ClipReaderOptions { ForceGeneralRoad = general, Cache = new VideoInfoCache() });

            Assert.Equal(("h264", 64, 12), (reader.GetInfo(path).Codec, reader.GetInfo(path).Width, reader.GetInfo(path).FrameCount));
        }
    }
}
