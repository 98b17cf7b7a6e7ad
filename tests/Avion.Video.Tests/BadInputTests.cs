using System.Buffers.Binary;

namespace Avion.Video.Tests;

/// <summary>Each kind of bad file is refused with its own kind of error and a sentence that names the file.</summary>
public sealed class BadInputTests
{
    [Fact]
    public void A_missing_file() => AssertRefused("/nonexistent/folder/clip.mp4", VideoErrorKind.NotFound);

    [Fact]
    public void A_folder()
    {
        string folder = Directory.CreateDirectory(Path.Combine(TestVideos.Folder, "folder.mp4")).FullName;
        AssertRefused(folder, VideoErrorKind.Unreadable);
    }

    [Fact]
    public void An_empty_file() => AssertRefused(Write("empty.mp4", []), VideoErrorKind.Empty);

    [Theory]
    [InlineData("words.mp4")]
    [InlineData("words.txt")]
    [InlineData("words.nfo")]
    public void Text(string name) =>
        AssertRefused(Write(name, System.Text.Encoding.UTF8.GetBytes(string.Concat(System.Linq.Enumerable.Repeat("No video here.\n",
            300)))), VideoErrorKind.NotVideo);

    [Fact]
    public void Noise()
    {
        byte[] noise = new byte[40_000];
        new Random(1).NextBytes(noise);
        AssertRefused(Write("noise.mp4", noise), VideoErrorKind.NotVideo);
    }

    [Theory]
    [InlineData("sound.mp4", "-c:a aac")]
    [InlineData("sound.wav", "")]
    [InlineData("sound.mka", "-c:a flac")]
    public void Sound_alone(string name, string coding)
    {
        FFmpegProgram.Require();
        string path = TestVideos.Make(name, target => FFmpegProgram.Run($"-f lavfi -i sine=d=1 {coding} \"{target}\""));
        AssertRefused(path, VideoErrorKind.NoVideoStream);
    }

    [Fact]
    public void A_file_without_its_table_of_frames()
    {
        byte[] video = Video();
        AssertRefused(Write("cut-before-moov.mp4", video[..(video.Length / 2)]), VideoErrorKind.Truncated);
    }

    [Fact]
    public void A_file_cut_behind_its_table_gives_the_frames_that_are_there()
    {
        string whole = TestVideos.Make("bad-source-front.mp4", "-c:v libx264 -g 12 -movflags +faststart");
        byte[] video = File.ReadAllBytes(whole);
        string path = Write("cut-behind-moov.mp4", video[..(video.Length * 6 / 10)]);
        using ClipReader reader = new(new ClipReaderOptions { Cache = new VideoInfoCache() });
        VideoInfo info = reader.GetInfo(path);

        Assert.Equal(Planes.Read(reader, reader.GetInfo(whole), 2), Planes.Read(reader, info, 2));
        VideoException failure = Assert.Throws<VideoException>(() => Planes.Read(reader, info, 59));
        Assert.Equal(VideoErrorKind.Truncated, failure.Kind);
        Assert.True(failure.TimeSeconds > 0.5);
        Assert.Equal(Planes.Read(reader, reader.GetInfo(whole), 7), Planes.Read(reader, info, 7));
    }

    [Fact]
    public void A_video_track_without_frames()
    {
        byte[] video = Video();
        BinaryPrimitives.WriteInt32BigEndian(video.AsSpan(Find(video, "stsz") + 16), 0);
        AssertRefused(Write("no-frames.mp4", video), VideoErrorKind.NoFrames);
    }

    [Theory]
    [InlineData("stsz", 12)]
    [InlineData("stco", 8)]
    [InlineData("stts", 8)]
    [InlineData("ctts", 8)]
    [InlineData("stsc", 8)]
    [InlineData("stss", 8)]
    public void A_table_that_declares_more_than_it_holds(string table, int countAt)
    {
        byte[] video = Video();
        BinaryPrimitives.WriteUInt32BigEndian(video.AsSpan(Find(video, table) + countAt + 4), 0xFFFFFFF0);
        AssertRefused(Write($"over-declared-{table}.mp4", video), VideoErrorKind.Corrupt);
    }

    [Fact]
    public void Equal_sizes_that_exceed_the_file()
    {
        byte[] video = Video();
        int sizes = Find(video, "stsz");
        BinaryPrimitives.WriteUInt32BigEndian(video.AsSpan(sizes + 12), 1_000_000);
        BinaryPrimitives.WriteUInt32BigEndian(video.AsSpan(sizes + 16), 0x7FFFFFFF);
        AssertRefused(Write("equal-sizes.mp4", video), VideoErrorKind.Corrupt);
    }

    [Fact]
    public void A_damaged_picture_is_refused_at_its_time_and_the_others_are_not()
    {
        string whole = TestVideos.Make("bad-source.mp4", "-c:v libx264 -g 12 -bf 0 -keyint_min 12 -sc_threshold 0");
        using ClipReader reader = new(new ClipReaderOptions { Cache = new VideoInfoCache() });
        VideoInfo sound = reader.GetInfo(whole);
        byte[] video = File.ReadAllBytes(whole);
        long at = sound.Index.Offsets[30];
        video.AsSpan((int)at + 8, sound.Index.Sizes[30] - 8).Fill(0xFF);
        string path = Write("damaged.mp4", video);
        VideoInfo info = reader.GetInfo(path);

        VideoException failure = Assert.Throws<VideoException>(() => Planes.Read(reader, info, 33));

        Assert.Equal(VideoErrorKind.Corrupt, failure.Kind);
        Assert.InRange(failure.TimeSeconds ?? -1, 0.99, 1.11);
        Assert.Equal(Planes.Read(reader, sound, 20, 40), Planes.Read(reader, info, 20, 40));
        using ClipReader lenient = new(new ClipReaderOptions { RejectDamage = false });
        Assert.Single(Planes.Read(lenient, info, 33));
    }

    [Fact]
    public void A_pixel_format_without_planes_of_luma_and_colour()
    {
        FFmpegProgram.Require();
        string path = TestVideos.Make("rgb.mkv",
            target => FFmpegProgram.Run($"-f lavfi -i testsrc2=s=64x48:d=0.2 -c:v libx264rgb -pix_fmt rgb24 \"{target}\""));
        using ClipReader reader = new();
        VideoInfo info = reader.GetInfo(path);
        byte[] pixels = new byte[3 * 32 * 32];

        VideoException failure = Assert.Throws<VideoException>(() => reader.Read(info, [0], FrameTransform.Whole(info, 32, 32), pixels));

        Assert.Equal(VideoErrorKind.Unsupported, failure.Kind);
    }

    [Fact]
    public void A_pipe_does_not_hang()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs named pipes of Unix");
        FFmpegProgram.Require();
        string path = Path.Combine(TestVideos.Folder, "pipe.mp4");
        using (Process made = System.Diagnostics.Process.Start("mkfifo", path))
        {
            made.WaitForExit();
        }

        AssertRefused(path, VideoErrorKind.Unreadable);
    }

    private static byte[] Video() => File.ReadAllBytes(TestVideos.Make("bad-source-b.mp4", "-c:v libx264 -g 12"));

    private static string Write(string name, byte[] bytes)
    {
        FFmpegProgram.Require();
        string path = Path.Combine(TestVideos.Folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static int Find(byte[] video, string box) => video.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(box)) - 4;

    private static void AssertRefused(string path, VideoErrorKind kind)
    {
        FFmpegProgram.Require();
        using ClipReader reader = new(new ClipReaderOptions { Cache = new VideoInfoCache() });

        VideoException failure = Assert.Throws<VideoException>(() => reader.GetInfo(path));

        Assert.Equal(kind, failure.Kind);
        Assert.Equal(path, failure.Path);
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", failure.Message, StringComparison.Ordinal);
    }
}
