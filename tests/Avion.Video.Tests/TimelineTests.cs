namespace Avion.Video.Tests;

/// <summary>Which frames a file shows and when: edit lists, uneven rates, frame rates, rotation.</summary>
public sealed class TimelineTests
{
    [Theory]
    [InlineData("0.5")]
    [InlineData("0.71")]
    [InlineData("1.234")]
    public void A_cut_without_coding_again_shows_what_ffmpeg_shows(string start)
    {
        string source = TestVideos.Make("cut-source.mp4", "-c:v libx264 -g 20", frames: 90);
        string cut = TestVideos.Make($"cut-{start}.mp4",
            path => FFmpegProgram.Run($"-ss {start} -i \"{source}\" -t 1.1 -c copy \"{path}\""));
        using ClipReader reader = new();

        List<string> differences = Planes.Differences(reader, cut);

        Assert.True(reader.GetInfo(cut).IsIndexed);
        Assert.Empty(differences);
    }

    [Theory]
    [InlineData("uneven.mp4", true)]
    [InlineData("uneven.mkv", true)]
    [InlineData("even.mp4", false)]
    [InlineData("even.mkv", false)]
    public void Uneven_rates_keep_every_frame_and_its_time(string name, bool uneven)
    {
        string filter = uneven ? "select='not(mod(n,3))+not(mod(n,7))'" : "null";
        string path = TestVideos.Make(name, "-fps_mode vfr -c:v libx264 -g 12", frames: 50, filter: filter);
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);

        Assert.Empty(Planes.Differences(reader, path, groups: 4));
        Assert.Equal(uneven, info.IsVariableRate);
        double[] expected = FrameTimes(path);
        Assert.Equal(expected.Length, info.FrameCount);
        for (int frame = 0; frame < expected.Length; frame++)
        {
            Assert.Equal(expected[frame] - expected[0], info.TimestampSeconds(frame), 2e-3);
            Assert.Equal(frame, info.FrameAt(info.TimestampSeconds(frame)));
        }
    }

    [Theory]
    [InlineData("30", 30.0)]
    [InlineData("30000/1001", 29.97003)]
    [InlineData("24000/1001", 23.97602)]
    [InlineData("50", 50.0)]
    [InlineData("12", 12.0)]
    public void Rates_and_durations_are_those_of_the_stream(string rate, double expected)
    {
        string path = TestVideos.Make($"rate-{rate.Replace('/', '-')}.mp4", "-c:v libx264 -g 10", frames: 36, rate: rate);
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);

        Assert.Equal(36, info.FrameCount);
        Assert.Equal(expected, info.FramesPerSecond, 1e-3);
        Assert.Equal(36 / expected, info.DurationSeconds, 1e-3);
        Assert.False(info.IsVariableRate);
        Assert.Equal(160, info.Width);
        Assert.Equal(96, info.Height);
        Assert.Equal("h264", info.Codec);
    }

    [Theory]
    [InlineData(90)]
    [InlineData(180)]
    [InlineData(270)]
    public void Turned_pictures_come_out_upright(int degrees)
    {
        string source = TestVideos.Make("turn-source.mp4", "-c:v libx264 -g 10", frames: 5);
        string turned = TestVideos.Make(
            $"turned-{degrees}.mp4", path => FFmpegProgram.Run($"-i \"{source}\" -c copy -metadata:s:v rotate={degrees} \"{path}\""));
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(turned);
        Assert.SkipUnless(info.RotationDegrees != 0, "needs an ffmpeg program that writes rotation from metadata (before 6.0)");
        byte[] actual = new byte[3 * info.Width * info.Height];
        reader.Read(info, [3], FrameTransform.Whole(info, info.Width, info.Height) with { Layout = PixelLayout.Interleaved }, actual);

        byte[] upright = FFmpegProgram.Run($"-i \"{turned}\" -vf select='eq(n,3)' -frames:v 1 -f rawvideo -pix_fmt rgb24 -");

        Assert.Equal(degrees % 180 == 90, info.Width < info.Height);
        Assert.Equal(upright.Length, actual.Length);
        // The program's colours are interpolated otherwise; a wrong turn would differ by tens of levels.
        double mean = actual.Zip(upright, (a, b) => Math.Abs(a - b)).Average();
        Assert.InRange(mean, 0, 6);
    }

    [Theory]
    [InlineData(90, false)]
    [InlineData(180, true)]
    [InlineData(270, true)]
    public void Bicubic_mode_has_the_very_bytes_of_ffmpegs_filters_on_turned_pictures(int degrees, bool flip)
    {
        Assert.SkipUnless(FFmpegLibraries.TryLoad(out _) && FFmpegLibraries.HasFFmpegBicubic, "needs libswscale");
        string source = TestVideos.Make("turn-bicubic.mp4", "-c:v libx264 -g 10", frames: 5);
        string turned = TestVideos.Make(
            $"turned-bicubic-{degrees}.mp4",
            path => FFmpegProgram.Run($"-i \"{source}\" -c copy -metadata:s:v rotate={degrees} \"{path}\""));
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(turned);
        Assert.SkipUnless(info.RotationDegrees != 0, "needs an ffmpeg program that writes rotation from metadata (before 6.0)");
        FrameTransform transform = new(new CropBox(14, 21, 73, 66), 112, 112, flip, Interpolation.FFmpegBicubic, PixelLayout.Interleaved);
        byte[] actual = new byte[transform.FrameBytes];
        reader.Read(info, [3], transform, actual);

        byte[] expected = FFmpegProgram.Run(
            $"-i \"{turned}\" -vf select='eq(n,3)',crop=73:66:14:21,{(flip ? "hflip," : "")}scale=112:112:flags=bicubic -frames:v 1 -f rawvideo -pix_fmt rgb24 -");

        Assert.True(expected.AsSpan().SequenceEqual(actual), "the bytes differ");
    }

    [Fact]
    public void A_crop_of_a_turned_picture_is_the_crop_of_the_upright_one()
    {
        string source = TestVideos.Make("turn-source.mp4", "-c:v libx264 -g 10", frames: 5);
        string turned = TestVideos.Make(
            "turned-crop-90.mp4", path => FFmpegProgram.Run($"-i \"{source}\" -c copy -metadata:s:v rotate=90 \"{path}\""));
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(turned);
        Assert.SkipUnless(info.RotationDegrees != 0, "needs an ffmpeg program that writes rotation from metadata (before 6.0)");
        byte[] whole = new byte[3 * info.Width * info.Height];
        reader.Read(info, [2], FrameTransform.Whole(info, info.Width, info.Height) with { Layout = PixelLayout.Interleaved }, whole);
        CropBox box = new(20, 30, 40, 52);
        byte[] crop = new byte[3 * box.Width * box.Height];
        reader.Read(info, [2], new FrameTransform(box, box.Width, box.Height, Flip: true, Layout: PixelLayout.Interleaved), crop);

        // Inside the crop, away from its edges where colour samples outside are not seen, the pixels are the same.
        for (int y = 2; y < box.Height - 2; y++)
        {
            for (int x = 2; x < box.Width - 2; x++)
            {
                int from = 3 * (((y + box.Y) * info.Width) + x + box.X);
                int to = 3 * ((y * box.Width) + (box.Width - 1 - x));
                Assert.Equal(whole[from], crop[to]);
                Assert.Equal(whole[from + 1], crop[to + 1]);
                Assert.Equal(whole[from + 2], crop[to + 2]);
            }
        }
    }

    [Fact]
    public void Frame_at_a_time_is_the_one_on_screen()
    {
        string path = TestVideos.Make("rate-30.mp4", "-c:v libx264 -g 10", frames: 36, rate: "30");
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);
        Random random = new(5);

        for (int i = 0; i < 200; i++)
        {
            double time = random.NextDouble() * 1.3;
            Assert.Equal(Math.Min(35, (int)Math.Floor((time + 1e-4) * 30)), info.FrameAt(time));
        }

        Assert.Equal(0, info.FrameAt(-1));
        Assert.Equal(35, info.FrameAt(1e9));
    }

    private static double[] FrameTimes(string path)
    {
        // showinfo prints one line a frame with its presentation time; it goes to standard error, so ask for the times as a file.
        string text = System.Text.Encoding.UTF8.GetString(
            FFmpegProgram.Run($"-i \"{path}\" -map 0:v:0 -fps_mode passthrough -vf metadata=mode=add:key=a:value=1,metadata=mode=print:file=- -f null -"));
        return text.Split('\n').Where(line => line.Contains("pts_time:", StringComparison.Ordinal))
            .Select(line => double.Parse(line[(line.IndexOf("pts_time:", StringComparison.Ordinal) + 9)..].Trim(),
                CultureInfo.InvariantCulture)).ToArray();
    }
}
