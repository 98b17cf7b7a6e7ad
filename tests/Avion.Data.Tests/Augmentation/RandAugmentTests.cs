namespace Avion.Data.Tests;

public sealed class RandAugmentTests
{
    public static TheoryData<string> Operations => [.. Enum.GetNames<ClipOperation>()];

    /// <summary>Sizes of whole vectors, more and less; as small as a pixel; levels from none to the largest.</summary>
    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_is_what_its_formula_says_within_rounding(string name)
    {
        ClipOperation operation = Enum.Parse<ClipOperation>(name);
        foreach ((int height, int width) in new[] { (1, 1), (2, 2), (5, 3), (19, 70), (48, 33) })
        {
            foreach ((double level, bool isNegative) in new[] { (0.0, false), (3.3, true), (7.2, false), (7.2, true), (10, true) })
            {
                TestClip before = new(2, height, width), after = before.Copy();
                double amount = ClipOperations.AmountOf(operation, level, isNegative);
                ClipOperations.Apply(operation, amount, after.Pixels);
                AssertNear(before, after, operation, amount);
            }
        }
    }

    [Theory]
    [InlineData("Brightness", 0.1, 1.9)]
    [InlineData("Rotate", 30, -30)]
    [InlineData("Posterize", 0, 0)]
    [InlineData("Solarize", 0, 0)]
    [InlineData("ShearX", 0.3, -0.3)]
    [InlineData("TranslateY", 0.45, -0.45)]
    [InlineData("Invert", 0, 0)]
    public void Largest_level_is_as_published(string name, double one, double other)
    {
        ClipOperation operation = Enum.Parse<ClipOperation>(name);
        double[] amounts =
            [ClipOperations.AmountOf(operation, 10, isNegative: false), ClipOperations.AmountOf(operation, 10, isNegative: true)];
        Assert.Equal(new[] { one, other }.Order(), amounts.Order(), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void A_picture_that_is_turned_by_nothing_or_by_a_half_turn_keeps_its_pixels()
    {
        TestClip before = new(1, 8, 8), same = before.Copy(), turned = before.Copy();
        ClipOperations.Apply(ClipOperation.Rotate, 0, same.Pixels);
        Assert.Equal(before.Bytes, same.Bytes);
        ClipOperations.Apply(ClipOperation.Rotate, 180, turned.Pixels);
        Assert.Equal(before[0, 1, 2, 3], turned[0, 1, 5, 4]);
    }

    [Fact]
    public void Draws_are_of_different_operations_all_equally_likely_half_of_them_done()
    {
        const int samples = 20_000;
        RandAugment augment = new(count: 4, level: 7, deviation: 0.5, probability: 0.5);
        int[] counts = new int[ClipOperations.Count];
        List<double> levels = [];
        DrawnOperation[] drawn = new DrawnOperation[ClipOperations.Count];
        for (int sample = 0; sample < samples; sample++)
        {
            int count = augment.Draw(new SampleKey(1, 0, sample), drawn);
            Assert.InRange(count, 0, 4);
            Assert.Equal(count, drawn[..count].Select(operation => operation.Operation).Distinct().Count());
            foreach (DrawnOperation operation in drawn[..count])
            {
                counts[(int)operation.Operation]++;
                if (operation.Operation == ClipOperation.Rotate)
                {
                    levels.Add(operation.Amount / 3);
                }
            }
        }

        // A binomial count lies within four deviations but once in fifteen thousand times.
        double share = 4.0 / 14 / 2, deviation = Math.Sqrt(samples * share * (1 - share));
        Assert.All(counts, count => Assert.InRange(count, (samples * share) - (4 * deviation), (samples * share) + (4 * deviation)));
        Assert.InRange(levels.Count(level => level < 0) / (double)levels.Count, 0.46, 0.54);
        Assert.Equal(7, levels.Average(Math.Abs), 0.05);
        Assert.Equal(0.5, Math.Sqrt(levels.Average(level => Math.Pow(Math.Abs(level) - 7, 2))), 0.03);
    }

    [Fact]
    public void What_is_done_depends_on_the_sample_alone()
    {
        RandAugment augment = new(probability: 1);
        byte[] Augmented(SampleKey key)
        {
            TestClip clip = new(3, 20, 24);
            augment.Apply(key, clip.Pixels);
            return clip.Bytes;
        }

        SampleKey key = new(5, 2, 77);
        Assert.Equal(Augmented(key), Augmented(key));
        SampleKey[] others = [key with { Seed = 6 }, key with { Epoch = 3 }, key with { Index = 78 }, key with { Repeat = 1 }];
        foreach (SampleKey other in others)
        {
            Assert.NotEqual(Augmented(key), Augmented(other));
        }
    }

    [Fact]
    public void Equal_frames_stay_equal()
    {
        TestClip one = new(1, 24, 20);
        byte[] frames = [.. one.Bytes, .. one.Bytes, .. one.Bytes];
        RandAugment augment = new(probability: 1);
        for (int sample = 0; sample < 40; sample++)
        {
            byte[] clip = [.. frames];
            augment.Apply(new SampleKey(1, 0, sample), new ClipPixels(clip, 3, 24, 20, new AugmentationScratch()));
            Assert.Equal(clip[..one.Bytes.Length], clip[one.Bytes.Length..(2 * one.Bytes.Length)]);
            Assert.Equal(clip[..one.Bytes.Length], clip[(2 * one.Bytes.Length)..]);
        }
    }

    private static void AssertNear(TestClip before, TestClip after, ClipOperation operation, double amount)
    {
        for (int frame = 0; frame < before.FrameCount; frame++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                for (int y = 0; y < before.Height; y++)
                {
                    for (int x = 0; x < before.Width; x++)
                    {
                        double exact = before.Exact(operation, amount, frame, channel, y, x);
                        Assert.InRange(after[frame, channel, y, x] - exact, -0.52, 0.52);
                    }
                }
            }
        }
    }
}
