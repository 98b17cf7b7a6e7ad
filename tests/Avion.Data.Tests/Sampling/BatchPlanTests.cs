namespace Avion.Data.Tests;

public sealed class BatchPlanTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1000)]
    [InlineData(65537)]
    public void A_permutation_gives_each_index_once(int count)
    {
        for (int pass = 0; pass < 3; pass++)
        {
            IndexPermutation permutation = new(count, seed: 11, pass);
            Assert.Equal(Enumerable.Range(0, count), Enumerable.Range(0, count).Select(i => permutation[i]).Order());
        }
    }

    [Fact]
    public void Each_sample_is_equally_likely_at_each_place_and_next_to_each_other()
    {
        const int count = 12, passes = 12000;
        double[,] places = new double[count, count], neighbours = new double[count, count];
        for (int pass = 0; pass < passes; pass++)
        {
            IndexPermutation permutation = new(count, seed: 3, pass);
            for (int i = 0; i < count; i++)
            {
                places[i, permutation[i]]++;
                if (i > 0)
                {
                    neighbours[permutation[i - 1], permutation[i]]++;
                }
            }
        }

        // Chi-square with (count - 1)² = 121 and about count·(count - 1) = 132 degrees of freedom: mean + 5 standard deviations.
        Assert.InRange(ChiSquare(places, passes / (double)count, diagonal: true), 40, 121 + (5 * Math.Sqrt(2 * 121)));
        Assert.InRange(ChiSquare(neighbours, passes / (double)count, diagonal: false), 40, 132 + (5 * Math.Sqrt(2 * 132)));
    }

    [Fact]
    public void The_set_of_a_step_does_not_depend_on_how_many_ranks_share_it()
    {
        BatchPlan one = new(1000, 24, seed: 4);
        BatchPlan[] three = [.. Enumerable.Range(0, 3).Select(rank => new BatchPlan(1000, 8, seed: 4, rank: rank, worldSize: 3))];
        Assert.All(three, plan => Assert.Equal(one.StepsPerEpoch, plan.StepsPerEpoch));
        for (int step = 0; step < one.StepsPerEpoch; step++)
        {
            RunPosition at = new(2, step);
            Assert.Equal(Indices(one, at).Order(), three.SelectMany(plan => Indices(plan, at)).Order());
        }
    }

    [Theory]
    [InlineData(1000, 7, 3)]
    [InlineData(22, 7, 3)]
    [InlineData(1, 4, 4)]
    public void Evaluation_gives_every_sample_once_over_all_ranks(int count, int batch, int world)
    {
        BatchPlan[] plans = [.. Enumerable.Range(0, world).Select(rank =>
            new BatchPlan(count, batch, seed: 0, shuffle: false, dropLast: false, rank, world))];
        List<int> seen = [];
        for (int step = 0; step < plans[0].StepsPerEpoch; step++)
        {
            // Position i stands at rank i mod W, slot i / W: what un-interleaving of gathered results expects.
            foreach (BatchPlan plan in plans)
            {
                int[] indices = Indices(plan, new RunPosition(0, step));
                seen.AddRange(indices);
                Assert.Equal(indices,
                    Enumerable.Range(0, indices.Length).Select(slot => (step * batch * world) + (slot * world) + plan.Rank));
            }
        }

        Assert.Equal(Enumerable.Range(0, count), seen.Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Each_sample_is_drawn_as_often_as_asked_in_one_step_on_one_rank(int ranks)
    {
        const int samples = 50, total = 24, repeats = 3;
        BatchPlan one = new(samples, total, seed: 4, repeats: repeats);
        BatchPlan[] plans = [.. Enumerable.Range(0, ranks).Select(rank =>
            new BatchPlan(samples, total / ranks, seed: 4, rank: rank, worldSize: ranks, repeats: repeats))];
        HashSet<int> seen = [];
        for (int step = 0; step < one.StepsPerEpoch; step++)
        {
            RunPosition at = new(1, step);
            Dictionary<int, SampleKey> places = plans.SelectMany(plan => Enumerable.Range(0, plan.BatchSize)
                .Select(slot => (Place: plan.PlaceInStep(slot), Key: plan.KeyAt(at, slot)))).ToDictionary(pair => pair.Place, pair => pair.Key);
            Assert.Equal(Enumerable.Range(0, total).Select(slot => one.KeyAt(at, slot)), places.OrderBy(pair => pair.Key).Select(pair => pair.Value));
            Assert.All(plans.SelectMany(plan => Enumerable.Range(0, plan.BatchSize).Select(slot => plan.KeyAt(at, slot)).GroupBy(key => key.Index)),
                draws => Assert.Equal(Enumerable.Range(0, repeats), draws.Select(key => key.Repeat).Order()));
            Assert.All(places.Values.Select(key => key.Index).Distinct(), index => Assert.True(seen.Add(index)));
        }

        Assert.Equal(samples * repeats / total * total / repeats, seen.Count);
    }

    [Fact]
    public void Positions_follow_each_other_over_epochs()
    {
        BatchPlan plan = new(10, 3, seed: 0);
        RunPosition at = RunPosition.Start;
        List<RunPosition> seen = [];
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(i, plan.StepsBefore(at));
            seen.Add(at);
            at = plan.Next(at);
        }

        Assert.Equal([new(0, 0), new(0, 1), new(0, 2), new(1, 0), new(1, 1)], seen);
    }

    [Fact]
    public void A_data_set_smaller_than_a_batch_is_an_error_that_says_so() =>
        Assert.Contains("7 samples, expected at least 8", Assert.Throws<DataException>(() => new BatchPlan(7, 8, 0)).Message);

    private static int[] Indices(BatchPlan plan, RunPosition at) =>
        [.. Enumerable.Range(0, plan.ClipCount(at.Step)).Select(slot => plan.KeyAt(at, slot).Index)];

    private static double ChiSquare(double[,] counts, double expected, bool diagonal)
    {
        double sum = 0;
        for (int i = 0; i < counts.GetLength(0); i++)
        {
            for (int j = 0; j < counts.GetLength(1); j++)
            {
                sum += diagonal || i != j ? (counts[i, j] - expected) * (counts[i, j] - expected) / expected : 0;
            }
        }

        return sum;
    }
}
