namespace Avion.Video.Tests;

/// <summary>Size, orientation, colour and streams of the chunks.</summary>
public sealed class ChunkPictureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("640x360", "1/1", 512, 288)]
    [InlineData("360x640", "1/1", 288, 512)]
    [InlineData("641x361", "1/1", 512, 288)]
    [InlineData("300x300", "1/1", 288, 288)]
    [InlineData("161x91", "1/1", 160, 90)]
    [InlineData("720x576", "16/15", 384, 288)]
    [InlineData("480x640", "2/1", 432, 288)]
    [InlineData("1000x300", "1/1", 960, 288)]
    public void The_short_side_is_288_or_less_and_pixels_are_square(string size, string pixelAspect, int width, int height)
    {
        string source = _folder.File("a.mkv");
        FFmpegProgram.Require();
        FFmpegProgram.Run($"-f lavfi -i testsrc2=s={size}:r=5,setsar={pixelAspect} -frames:v 3 -c:v ffv1 -pix_fmt yuv444p \"{source}\"");
        VideoInfo info = PrepareAndOpen(source, "a.mp4", new PrepareOptions());
        Assert.Equal((width, height), (info.Width, info.Height));
        Assert.StartsWith("1:1", Tag(info.Path, "sample_aspect_ratio"), StringComparison.Ordinal);
        Assert.Equal("yuv420p", Tag(info.Path, "pix_fmt"));
    }

    [Fact]
    public void A_turned_source_becomes_upright()
    {
        // Left half black, right half white, turned by a quarter: the halves lie above each other, as ffmpeg's own player would show them.
        string flat = _folder.File("flat.mp4");
        string source = _folder.File("turned.mp4");
        FFmpegProgram.Require();
        FFmpegProgram.Run($"-f lavfi -i color=black:s=160x96:r=10,drawbox=x=80:y=0:w=80:h=96:color=white:t=fill -frames:v 5 -c:v libx264 \"{flat}\"");
        FFmpegProgram.Run($"-i \"{flat}\" -c copy -metadata:s:v rotate=90 \"{source}\"");
        VideoInfo info = PrepareAndOpen(source, "turned.mp4", new PrepareOptions());
        Assert.Equal((96, 160, 0), (info.Width, info.Height, info.RotationDegrees));
        byte[] shown = FFmpegProgram.Run($"-i \"{source}\" -frames:v 1 -vf scale=1:2:flags=area -pix_fmt gray -f rawvideo -");
        byte[] chunk = FFmpegProgram.Run($"-i \"{info.Path}\" -frames:v 1 -vf scale=1:2:flags=area -pix_fmt gray -f rawvideo -");
        Assert.True(Math.Abs(shown[0] - shown[1]) > 150, "the source is not turned");
        Assert.InRange(chunk[0] - shown[0], -12, 12);
        Assert.InRange(chunk[1] - shown[1], -12, 12);
    }

    [Theory]
    [InlineData("bt709", "bt709", "bt709")]
    [InlineData("smpte170m", "smpte170m", "smpte170m")]
    public void What_the_source_says_of_its_colours_is_kept(string matrix, string primaries, string transfer)
    {
        string source = _folder.File("a.mp4");
        FFmpegProgram.Require();
        FFmpegProgram.Run(
            $"-f lavfi -i testsrc2=s=320x240:r=10 -frames:v 5 -c:v libx264 -pix_fmt yuv420p -colorspace {matrix} -color_primaries {primaries} -color_trc {transfer} -color_range tv \"{source}\"");
        VideoInfo info = PrepareAndOpen(source, "a.mp4", new PrepareOptions { ShortSide = 96 });
        Assert.Equal((matrix, primaries, transfer), (Tag(info.Path, "color_space"), Tag(info.Path, "color_primaries"), Tag(info.Path, "color_transfer")));
    }

    [Fact]
    public void Full_range_sources_keep_their_brightness()
    {
        string source = _folder.File("full.mkv");
        FFmpegProgram.Require();
        FFmpegProgram.Run($"-f lavfi -i color=0x808080:s=64x64:r=10 -frames:v 5 -c:v mjpeg -q:v 1 -pix_fmt yuvj420p \"{source}\"");
        VideoInfo info = PrepareAndOpen(source, "full.mp4", new PrepareOptions());
        byte[] rgb = FFmpegProgram.Run($"-i \"{info.Path}\" -frames:v 1 -vf scale=1:1 -pix_fmt rgb24 -f rawvideo -");
        Assert.All(rgb, value => Assert.InRange(value, 0x80 - 3, 0x80 + 3));
    }

    [Fact]
    public void Sound_subtitles_and_data_are_left_out()
    {
        string source = CounterVideo.Make(
            _folder.File("a.mp4"), frames: 30, coding: "-c:v libx264 -preset ultrafast -c:a aac -shortest -timecode 01:00:00:00", inputs: "-f lavfi -i sine=d=1");
        VideoInfo info = PrepareAndOpen(source, "a.mp4", new PrepareOptions());
        Assert.Equal("video", CounterVideo.Probe($"-v error -show_entries stream=codec_type -of csv=p=0 \"{info.Path}\"").Trim());
    }

    [Theory]
    [InlineData("compatible", 250)]
    [InlineData("fast", 30)]
    [InlineData("faster", 32)]
    [InlineData("intra", 1)]
    public void Keyframes_are_as_far_apart_as_the_profile_says(string profile, int distance)
    {
        // Without a cut, so that no keyframe comes of itself.
        string source = _folder.File("a.mkv");
        FFmpegProgram.Require();
        FFmpegProgram.Run($"-f lavfi -i color=gray:s=96x64:r=30 -frames:v 600 -c:v ffv1 \"{source}\"");
        VideoInfo info = PrepareAndOpen(source, "a.mp4", new PrepareOptions { Profile = EncodeProfile.Find(profile)!, ChunkSeconds = 20 });
        int[] keyframes = [.. Enumerable.Range(0, info.FrameCount).Where(info.IsKeyframe)];
        Assert.Equal(Enumerable.Range(0, (599 / distance) + 1).Select(index => index * distance), keyframes);
    }

    private static string Tag(string path, string name) =>
        CounterVideo.Probe($"-v error -select_streams v:0 -show_entries stream={name} -of csv=p=0 \"{path}\"").Trim().TrimEnd(',');

    private VideoInfo PrepareAndOpen(string source, string target, PrepareOptions options)
    {
        PrepareReport report = new TreePreparation(options with { Jobs = 1 }).Run(source, _folder.File("out"));
        Assert.Empty(report.Bad);
        using ClipReader reader = new(new ClipReaderOptions { UseIndexFiles = false, Cache = new VideoInfoCache() });
        return reader.GetInfo(Path.Combine(_folder.File("out"), target, "0.mp4"));
    }
}
