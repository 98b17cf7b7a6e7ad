namespace Avion.App.Tests;

public sealed class PngWriterTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(192, 48)]
    public async Task Ffmpeg_reads_back_the_very_pixels(int width, int height)
    {
        Finding ffmpeg = FfmpegProgram.Examine();
        Assert.SkipUnless(ffmpeg.Found, $"needs ffmpeg: {ffmpeg.Detail}");
        using TemporaryFolder folder = new();
        byte[] rgb = new byte[width * height * 3];
        new Random(1).NextBytes(rgb);
        File.WriteAllBytes(folder.File("picture.png"), PngWriter.Encode(rgb, width, height));
        ProcessResult result = await ChildProcess.RunAsync("ffmpeg",
            ["-v", "error", "-i", folder.File("picture.png"), "-f", "rawvideo", "-pix_fmt", "rgb24", folder.File("picture.rgb")]);
        Assert.Equal("", result.Error);
        Assert.Equal(rgb, File.ReadAllBytes(folder.File("picture.rgb")));
    }

    [Fact]
    public void Pixels_that_do_not_fill_the_picture_are_refused()
    {
        ArgumentException failure = Assert.Throws<ArgumentException>(() => PngWriter.Encode(new byte[10], 2, 2));
        Assert.Contains("expected 2 x 2 x 3", failure.Message);
    }
}
