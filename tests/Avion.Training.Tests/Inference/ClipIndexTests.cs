namespace Avion.Training.Tests;

/// <summary>Of overlapping clips the best stays, and what chance gives is that of normal scores.</summary>
public sealed class ClipIndexTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Hits_are_those_of_going_through_all_clips_from_the_best(int seed)
    {
        const int size = 8, count = 700;
        Random random = new(seed);
        using ClipIndex index = new(size, threads: 2);
        float[] values = [.. Enumerable.Range(0, count * size).Select(_ => (float)(random.NextDouble() - 0.5))];
        float[] query = [.. Enumerable.Range(0, size).Select(_ => (float)(random.NextDouble() - 0.5))];
        for (int clip = 0; clip < count; clip++)
        {
            // A few long videos: most clips overlap a better one.
            double start = random.Next(0, 40);
            ClipSpan span = random.Next(50) == 0 ? ClipSpan.Whole : new ClipSpan(start, start + random.Next(1, 5));
            index.Add(new FeatureRow(clip, $"video {random.Next(4)}", span), values.AsSpan(clip * size, size));
        }

        List<int> expected = [];
        foreach (int clip in Enumerable.Range(0, count).OrderByDescending(clip => Dot(values, clip, query)).ThenBy(clip => clip))
        {
            FeatureRow row = index.Rows[clip];
            if (row.File != "video 3" && !expected.Exists(better => index.Rows[better].File == row.File && Meet(index.Rows[better].Span, row.Span)))
            {
                expected.Add(clip);
            }
        }

        foreach (int wanted in (int[])[1, 3, expected.Count, expected.Count + 5])
        {
            ClipRanking ranking = index.Search(query, wanted, leavesOut: row => row.File == "video 3")[0];
            Assert.Equal(expected.Take(wanted), ranking.Hits.Select(hit => hit.Number));
            Assert.All(ranking.Hits, hit => Assert.Equal(Dot(values, hit.Number, query), hit.Score, 1e-12));
        }

        Assert.Equal(count, index.Search(query, count, showsOverlaps: true)[0].Hits.Count);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(100)]
    [InlineData(3000)]
    public void What_chance_gives_is_the_mean_of_the_largest_of_normal_scores(int count)
    {
        CounterRandom random = new(seed: 7, stream: 1);
        double sum = 0;
        const int trials = 2000;
        for (int trial = 0; trial < trials; trial++)
        {
            double largest = double.NegativeInfinity;
            for (int i = 0; i < count; i++)
            {
                largest = Math.Max(largest, random.NextGaussian());
            }

            sum += largest;
        }

        ClipRanking ranking = new([], count, Mean: 0.1, Deviation: 0.02);
        Assert.Equal(0.1 + (0.02 * sum / trials), ranking.HighestByChance!.Value, 0.02 * 0.1);
        Assert.Null((ranking with { Clips = 19 }).HighestByChance);
        Assert.Null((ranking with { Deviation = 0.5 }).HighestByChance);
    }

    private static bool Meet(ClipSpan a, ClipSpan b) => a.IsWhole || b.IsWhole || (a.Start < b.End && b.Start < a.End);

    private static double Dot(float[] values, int clip, float[] query) => query.Select((number, i) => (double)number * values[(clip * query.Length) + i]).Sum();
}
