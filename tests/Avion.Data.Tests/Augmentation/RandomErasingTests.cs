namespace Avion.Data.Tests;

public sealed class RandomErasingTests
{
    private static readonly float[] s_mean = [123.675f, 116.28f, 103.53f], s_deviation = [58.395f, 57.12f, 57.375f];

    [Fact]
    public void Boxes_have_the_areas_and_shapes_that_were_asked_for()
    {
        const int height = 300, width = 200, samples = 20_000;
        RandomErasing erasing = new(0.25, s_mean, s_deviation);
        List<CropBox> boxes = [];
        for (int sample = 0; sample < samples; sample++)
        {
            if (erasing.TryDraw(new SampleKey(9, 1, sample), height, width, out CropBox box))
            {
                boxes.Add(box);
                Assert.InRange(box.X, 0, width - box.Width);
                Assert.InRange(box.Y, 0, height - box.Height);
            }
        }

        Assert.InRange(boxes.Count / (double)samples, 0.235, 0.265);
        Assert.All(boxes, box => Assert.InRange(box.Width * box.Height / (double)(height * width), 0.019, 0.338));
        Assert.All(boxes, box => Assert.InRange(box.Height / (double)box.Width, 0.29, 3.45));
        Assert.InRange(boxes.Average(box => Math.Log(box.Height / (double)box.Width)), -0.05, 0.1);
    }

    [Fact]
    public void The_same_box_is_filled_in_all_frames_and_nothing_else_changes()
    {
        RandomErasing erasing = new(1, s_mean, s_deviation);
        SampleKey key = new(1, 0, 4);
        TestClip before = new(3, 40, 50), after = before.Copy();
        erasing.Apply(key, after.Pixels);
        Assert.True(erasing.TryDraw(key, 40, 50, out CropBox box));
        int changed = 0, frames = 3;
        for (int i = 0; i < before.Bytes.Length; i++)
        {
            int x = i % 50, y = i / 50 % 40;
            bool isInside = x >= box.X && x < box.X + box.Width && y >= box.Y && y < box.Y + box.Height;
            changed += before.Bytes[i] != after.Bytes[i] ? 1 : 0;
            Assert.True(isInside || before.Bytes[i] == after.Bytes[i]);
        }

        Assert.InRange(changed / (double)(frames * 3 * box.Width * box.Height), 0.97, 1);
        Assert.NotEqual((after[0, 0, box.Y, box.X], after[0, 0, box.Y + 1, box.X]), (after[1, 0, box.Y, box.X], after[1, 0, box.Y + 1, box.X]));
    }

    /// <summary>Moments of a normal distribution that is cut to what bytes can hold, by adding up its density.</summary>
    [Fact]
    public void Noise_is_normal_after_normalization_and_cut_to_bytes()
    {
        RandomErasing erasing = new(1, s_mean, s_deviation, minimumArea: 0.9, maximumArea: 0.95, minimumAspect: 1);
        TestClip clip = new(4, 100, 100);
        SampleKey key = new(3, 0, 0);
        erasing.Apply(key, clip.Pixels);
        Assert.True(erasing.TryDraw(key, 100, 100, out CropBox box));
        for (int channel = 0; channel < 3; channel++)
        {
            double[] pixels =
            [
                .. from frame in Enumerable.Range(0, 4) from y in Enumerable.Range(box.Y, box.Height)
                   from x in Enumerable.Range(box.X, box.Width) select (double)clip[frame, channel, y, x],
            ];
            (double mean, double square, double black) = CutMoments(s_mean[channel], s_deviation[channel]);
            Assert.Equal(mean, pixels.Average(), 1.2);
            Assert.Equal(Math.Sqrt(square - (mean * mean)), Math.Sqrt(pixels.Average(x => x * x) - Math.Pow(pixels.Average(), 2)), 0.8);
            Assert.Equal(black, pixels.Count(x => x == 0) / (double)pixels.Length, 0.004);
        }
    }

    private static (double Mean, double Square, double Black) CutMoments(double mean, double deviation)
    {
        double total = 0, first = 0, second = 0, black = 0;
        for (double z = -8; z < 8; z += 1e-4)
        {
            double density = Math.Exp(-z * z / 2), x = Math.Clamp(Math.Floor(mean + (deviation * z) + 0.5), 0, 255);
            (total, first, second) = (total + density, first + (density * x), second + (density * x * x));
            black += x == 0 ? density : 0;
        }

        return (first / total, second / total, black / total);
    }
}
