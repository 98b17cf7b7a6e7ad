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
    public async Task Ffmpeg_finds_the_gaps_between_the_pictures_of_a_strip_transparent()
    {
        Finding ffmpeg = FfmpegProgram.Examine();
        Assert.SkipUnless(ffmpeg.Found, $"needs ffmpeg: {ffmpeg.Detail}");
        using TemporaryFolder folder = new();
        byte[] pictures = new byte[3 * 2 * 4 * 3];
        new Random(2).NextBytes(pictures);
        File.WriteAllBytes(folder.File("strip.png"), PictureStrip.Of(pictures, count: 3, width: 4, height: 2, gap: 1).ToPng());
        ProcessResult result = await ChildProcess.RunAsync("ffmpeg",
            ["-v", "error", "-i", folder.File("strip.png"), "-f", "rawvideo", "-pix_fmt", "rgba", folder.File("strip.rgba")]);
        Assert.Equal("", result.Error);
        byte[] strip = File.ReadAllBytes(folder.File("strip.rgba"));
        Assert.Equal(14 * 2 * 4, strip.Length);
        for (int y = 0; y < 2; y++)
        {
            for (int x = 0; x < 14; x++)
            {
                (int picture, int column) = Math.DivRem(x, 5);
                byte[] expected = column == 4 ? [0, 0, 0, 0] : [.. pictures.AsSpan(((picture * 8) + (y * 4) + column) * 3, 3), 255];
                Assert.Equal(expected, strip.AsSpan(((y * 14) + x) * 4, 4).ToArray());
            }
        }
    }

    [Fact]
    public void Pixels_that_do_not_fill_the_picture_are_refused()
    {
        ArgumentException failure = Assert.Throws<ArgumentException>(() => PngWriter.Encode(new byte[10], 2, 2));
        Assert.Contains("expected 2 x 2 x 3", failure.Message);
    }
}
