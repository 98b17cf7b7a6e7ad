namespace Avion.Video.Tests;

/// <summary>
/// Fused crop, resize and conversion against double precision. Tolerance: no pixel off by more than 1.0 level from the exact value before
/// rounding (0.5 of which is the rounding itself), mean error (bias) of each colour under 0.05 level.
/// </summary>
public sealed unsafe class ResizeTests
{
    private const double LargestError = 1.0;
    private const double LargestBias = 0.05;

    public static TheoryData<int, int, int, int, int, int, int, bool, bool> Cases()
    {
        TheoryData<int, int, int, int, int, int, int, bool, bool> cases = new()
        {
            // picture, crop x y w h, output, antialiased, flip
            { 512, 288, 0, 0, 512, 288, 224, true, false },
            { 512, 288, 101, 33, 371, 222, 224, true, false },
            { 512, 288, 101, 33, 371, 222, 224, false, true },
            { 512, 288, 64, 20, 180, 200, 224, true, true },
            { 512, 288, 3, 5, 77, 91, 37, true, false },
            { 512, 288, 0, 0, 512, 288, 31, true, false },
            { 64, 48, 1, 1, 9, 7, 16, true, false },
            { 64, 48, 63, 47, 1, 1, 5, true, false },
            { 66, 50, 11, 13, 40, 30, 1, true, false },
            { 34, 18, 0, 0, 34, 18, 64, false, false },
            { 333, 187, 0, 0, 333, 187, 112, true, false },
        };
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Fused_resize_matches_double_precision(
        int width, int height, int x, int y, int cropWidth, int cropHeight, int output, bool antialiased, bool flip)
    {
        using YuvPicture picture = new(width, height, new PixelFormat(8, 1, 1, true, false), seed: width + x);
        CropBox crop = new(x, y, cropWidth, cropHeight);
        FrameColor color = new(Matrix: 5, Range: ColorRange.Undeclared, ChromaLocation: 1);
        double[] expected = picture.Exact().Convert(crop, output, output, antialiased, flip);

        byte[] actual = picture.Fused(256, crop, output, output, antialiased, flip, color, PixelLayout.Interleaved);

        AssertClose(expected, actual);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(128)]
    public void Every_vector_width_gives_the_same_bytes_as_plain_arithmetic(int vectorBits)
    {
        FrameColor color = new(Matrix: 1, Range: ColorRange.Undeclared, ChromaLocation: 0);
        using YuvPicture picture = new(190, 120, new PixelFormat(8, 1, 1, true, false), seed: 3);
        (CropBox Crop, int Width, int Height)[] shapes =
        [
            (new(0, 0, 190, 120), 224, 224), (new(7, 3, 101, 99), 61, 45), (new(20, 20, 30, 17), 33, 8), (new(0, 0, 190, 120), 17, 100),
            (new(5, 9, 3, 2), 9, 40),
        ];
        foreach ((CropBox crop, int width, int height) in shapes)
        {
            foreach (PixelLayout layout in Enum.GetValues<PixelLayout>())
            {
                byte[] plain = picture.Fused(16, crop, width, height, antialiased: true, flip: true, color, layout);
                byte[] wide = picture.Fused(vectorBits, crop, width, height, antialiased: true, flip: true, color, layout);
                Assert.Equal(plain, wide);
            }
        }
    }

    [Theory]
    [InlineData(1, false, 0.2126, 0.0722)]
    [InlineData(1, true, 0.2126, 0.0722)]
    [InlineData(2, false, 0.299, 0.114)]
    [InlineData(5, true, 0.299, 0.114)]
    [InlineData(6, false, 0.299, 0.114)]
    [InlineData(9, false, 0.2627, 0.0593)]
    public void Colours_follow_the_stream(int matrix, bool fullRange, double red, double blue)
    {
        using YuvPicture picture = new(80, 60, new PixelFormat(8, 1, 1, true, false), seed: 9);
        CropBox crop = new(4, 6, 70, 50);
        double[] expected = picture.Exact(red, blue, fullRange).Convert(crop, 64, 64, antialiased: true, flip: false);

        byte[] actual = picture.Fused(256, crop, 64, 64, true, false, new FrameColor(matrix, fullRange ? ColorRange.Full : ColorRange.Limited, 1), PixelLayout.Interleaved);

        AssertClose(expected, actual);
    }

    [Theory]
    [InlineData(1, 0.5, 1.0)]
    [InlineData(2, 1.0, 1.0)]
    [InlineData(3, 0.5, 0.5)]
    public void Colour_samples_lie_where_the_stream_says(int location, double siteX, double siteY)
    {
        using YuvPicture picture = new(80, 60, new PixelFormat(8, 1, 1, true, false), seed: 10);
        CropBox crop = new(0, 0, 80, 60);
        double[] expected = picture.Exact(siteX: siteX, siteY: siteY).Convert(crop, 90, 90, antialiased: true, flip: false);

        byte[] actual = picture.Fused(256, crop, 90, 90, true, false, new FrameColor(5, ColorRange.Limited, location), PixelLayout.Interleaved);

        AssertClose(expected, actual);
    }

    [Theory]
    [InlineData(10, 1, 1, false)]
    [InlineData(12, 1, 0, true)]
    [InlineData(8, 0, 0, false)]
    [InlineData(8, 1, 0, false)]
    [InlineData(8, 2, 0, true)]
    public void Exact_resize_matches_double_precision(int bits, int shiftX, int shiftY, bool fullRange)
    {
        using YuvPicture picture = new(120, 90, new PixelFormat(bits, shiftX, shiftY, true, false), seed: bits + shiftX);
        CropBox crop = new(8, 7, 100, 80);
        double[] expected = picture.Exact(fullRange: fullRange, siteY: shiftY == 0 ? 0.5 : 1).Convert(crop, 64, 48, antialiased: true,
            flip: true);

        byte[] actual = picture.Float(crop, 64, 48, new FrameColor(5, fullRange ? ColorRange.Full : ColorRange.Limited, 1), fullRange, flip: true);

        AssertClose(expected, actual, largestError: 0.51);
    }

    [Fact]
    public void Planar_and_interleaved_hold_the_same_pixels()
    {
        using YuvPicture picture = new(100, 80, new PixelFormat(8, 1, 1, true, false), seed: 4);
        FrameColor color = new(5, ColorRange.Limited, 1);
        byte[] planar = picture.Fused(256, new(3, 2, 90, 70), 37, 29, true, false, color, PixelLayout.Planar);

        byte[] interleaved = picture.Fused(256, new(3, 2, 90, 70), 37, 29, true, false, color, PixelLayout.Interleaved);

        for (int pixel = 0; pixel < 37 * 29; pixel++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                Assert.Equal(planar[(channel * 37 * 29) + pixel], interleaved[(3 * pixel) + channel]);
            }
        }
    }

    private static void AssertClose(double[] expected, byte[] actual, double largestError = LargestError)
    {
        double largest = 0;
        double[] bias = new double[3];
        int unclamped = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double error = actual[i] - expected[i];
            largest = Math.Max(largest, Math.Abs(error));
            if (expected[i] is > 1 and < 254)
            {
                bias[i % 3] += error;
                unclamped++;
            }
        }

        Assert.True(largest <= largestError, $"largest error {largest:0.000} levels, allowed {largestError}");
        if (unclamped < 1000)
        {
            // A few pixels, or many equal ones, show the rounding of each and no bias.
            return;
        }

        // Rounding to bytes alone has a standard deviation of 0.29 level a pixel, so that few pixels cannot show a small bias.
        double allowed = LargestBias + (4 * 0.29 / Math.Sqrt(Math.Max(1, unclamped / 3)));
        for (int channel = 0; channel < 3; channel++)
        {
            Assert.InRange(bias[channel] / Math.Max(1, unclamped / 3), -allowed, allowed);
        }
    }
}
