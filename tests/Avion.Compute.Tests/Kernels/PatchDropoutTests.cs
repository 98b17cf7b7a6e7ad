namespace Avion.Compute.Tests;

public sealed class PatchDropoutTests
{
    [Fact]
    public void Kept_rows_are_in_order_distinct_and_start_with_the_class_token()
    {
        int kept = PatchDropout.KeptCount(40, 0.5);
        int[] rows = new int[3 * (1 + kept)];
        PatchDropout.Draw(new StepContext { Seed = 1, StepInEpoch = 7 }, 3, 1, 40, 0.5, rows);
        Assert.Equal(20, kept);
        for (int clip = 0; clip < 3; clip++)
        {
            int[] own = rows[(clip * 21)..((clip + 1) * 21)];
            Assert.Equal(clip * 41, own[0]);
            Assert.Equal(own.Order().Distinct(), own);
            Assert.All(own, row => Assert.InRange(row, clip * 41, (clip * 41) + 40));
        }
    }

    [Fact]
    public void Every_patch_is_kept_equally_often()
    {
        const int Patches = 10, Draws = 20_000;
        int[] counts = new int[Patches], rows = new int[3];
        for (int step = 0; step < Draws; step++)
        {
            PatchDropout.Draw(new StepContext { Seed = 2, StepInEpoch = step }, 1, 0, Patches, 0.7, rows);
            foreach (int row in rows)
            {
                counts[row]++;
            }
        }

        // Binomial with p = 0.3: five standard deviations.
        double deviation = Math.Sqrt(Draws * 0.3 * 0.7);
        Assert.All(counts, count => Assert.InRange(count, (Draws * 0.3) - (5 * deviation), (Draws * 0.3) + (5 * deviation)));
    }

    [Fact]
    public void Draws_depend_on_the_clip_and_not_on_how_a_batch_is_split()
    {
        int[] whole = new int[4 * 5], second = new int[2 * 5];
        StepContext step = new() { Seed = 3, StepInEpoch = 11 };
        PatchDropout.Draw(step, 4, 0, 10, 0.5, whole);
        PatchDropout.Draw(step with { SamplesBefore = 2 }, 2, 0, 10, 0.5, second);
        Assert.Equal(whole[10..], second.Select(row => row + 20));
        Assert.NotEqual(whole[..5], whole[5..10].Select(row => row - 10));
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(0.99, 1)]
    [InlineData(0.5, 4)]
    public void At_least_one_patch_is_kept(double rate, int expected) => Assert.Equal(expected, PatchDropout.KeptCount(8, rate));
}
