namespace Avion.Training.Tests;

public sealed class RetrievalMetricsTests
{
    [Fact]
    public void All_metrics_at_once_are_those_of_each_alone()
    {
        const int Queries = 37, Items = 23;
        Random random = new(4);
        float[] similarity = [.. Enumerable.Range(0, Queries * Items).Select(_ => (float)Math.Round(random.NextDouble(), 1))];
        float[] relevancy = [.. Enumerable.Range(0, Queries * Items).Select(_ => random.Next(6) switch { 0 => 1f, 1 => 0.5f, _ => 0f })];
        Array.Clear(relevancy, 0, Items);
        RetrievalScores all = RetrievalMetrics.All(similarity, relevancy, Queries, Items, [1, 5]);
        Assert.Equal(RetrievalMetrics.MeanAveragePrecision(similarity, relevancy, Queries, Items), all.MeanAveragePrecision);
        Assert.Equal(RetrievalMetrics.Ndcg(similarity, relevancy, Queries, Items), all.Ndcg);
        Assert.Equal([RetrievalMetrics.RecallAt(1, similarity, relevancy, Queries, Items),
            RetrievalMetrics.RecallAt(5, similarity, relevancy, Queries, Items)], all.Recalls);
        Assert.NotEqual(all.Recalls[0], all.Recalls[1]);
        Assert.True(all.MeanAveragePrecision.QueriesLeftOut >= 1);
    }

    [Fact]
    public void Scores_match_the_reference_run()
    {
        JsonElement fixture = Fixture.Load("mir-metrics-small.json");
        AssertScores(
            fixture.GetProperty("similarity").Floats(), fixture.GetProperty("relevancy").Floats(),
            fixture.GetProperty("map_v2t_t2v_avg").Doubles(), fixture.GetProperty("ndcg_v2t_t2v_avg").Doubles());
    }

    [Fact]
    public void Scores_match_the_second_reference_run()
    {
        JsonElement fixture = Fixture.Load("misc.json").GetProperty("eval");
        float[] similarity = [.. Enumerable.Range(0, 35).Select(j => (float)Math.Sin((1.7 * j) + 0.3))];
        float[] relevancy = [.. fixture.GetProperty("rel").EnumerateArray().SelectMany(row => row.Floats())];
        AssertScores(similarity, relevancy, fixture.GetProperty("mAP").Doubles(), fixture.GetProperty("nDCG").Doubles());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Scores_match_brute_force_with_ties_and_empty_rows(int seed)
    {
        Random random = new(seed);
        int queries = 20, items = 13;
        float[] similarity = [.. Enumerable.Range(0, queries * items).Select(_ => random.Next(-3, 4) / 3f)];
        float[] relevancy = [.. Enumerable.Range(0, queries * items).Select(_ => random.Next(6) switch { 0 => 1f, 1 => 0.5f, _ => 0f })];
        relevancy.AsSpan(0, items).Clear();

        AssertClose(BruteForce.Map(similarity, relevancy, queries, items),
            RetrievalMetrics.MeanAveragePrecision(similarity, relevancy, queries, items));
        AssertClose(BruteForce.Ndcg(similarity, relevancy, queries, items), RetrievalMetrics.Ndcg(similarity, relevancy, queries, items));
        foreach (int cutoff in new[] { 1, 5, 10, 100 })
        {
            AssertClose(
                BruteForce.Recall(cutoff, similarity, relevancy, queries, items),
                RetrievalMetrics.RecallAt(cutoff, similarity, relevancy, queries, items));
        }
    }

    [Fact]
    public void A_query_without_a_relevant_item_is_left_out_and_counted()
    {
        RetrievalScore score = RetrievalMetrics.MeanAveragePrecision([1, 0, 0, 1], [0, 0, 0, 1], 2, 2);
        Assert.Equal(new RetrievalScore(1, 1, 1) { Chance = 0.75 }, score);
        Assert.Equal(new RetrievalScore(0, 0, 2), RetrievalMetrics.MeanAveragePrecision([1, 0, 0, 1], [0, 0, 0, 0.5f], 2, 2));
        Assert.Equal(new RetrievalScore(0, 0, 0), RetrievalMetrics.Ndcg([], [], 0, 0));
    }

    [Fact]
    public void Equal_similarities_rank_by_column_and_signed_zeros_are_equal()
    {
        Assert.Equal(1.0, RetrievalMetrics.MeanAveragePrecision([0f, -0f, 0f], [1, 0, 0], 1, 3).Value);
        Assert.Equal(0.5, RetrievalMetrics.MeanAveragePrecision([-0f, 0f, 0f], [0, 1, 0], 1, 3).Value);
        Assert.Equal(1.0 / 3, RetrievalMetrics.MeanAveragePrecision([0f, -0f, 0f], [0, 0, 1], 1, 3).Value, 1e-15);
    }

    [Fact]
    public void A_similarity_that_is_not_a_number_is_an_error()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => RetrievalMetrics.Ndcg([0, float.NaN], [1, 0], 1, 2));
        Assert.Contains("column 1 is NaN", error.Message);
    }

    [Fact]
    public void A_wrong_shape_is_an_error()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => RetrievalMetrics.Ndcg([0, 1, 2], [1, 0], 1, 2));
        Assert.Contains("3 values, expected 1 x 2", error.Message);
    }

    [Fact]
    public void Chance_is_the_mean_over_all_orders()
    {
        float[] relevancy = [1, 0, 0.5f, 1, 0];
        List<double> map = new();
        List<double> ndcg = new();
        List<double> recall = new();
        foreach (float[] similarity in Permutations([1, 2, 3, 4, 5]))
        {
            map.Add(RetrievalMetrics.MeanAveragePrecision(similarity, relevancy, 1, 5).Value);
            ndcg.Add(RetrievalMetrics.Ndcg(similarity, relevancy, 1, 5).Value);
            recall.Add(RetrievalMetrics.RecallAt(2, similarity, relevancy, 1, 5).Value);
        }

        Assert.Equal(120, map.Count);
        RetrievalScores scores = RetrievalMetrics.All(relevancy, relevancy, 1, 5, [2]);
        Assert.Equal(map.Average(), scores.MeanAveragePrecision.Chance, 1e-12);
        Assert.Equal(ndcg.Average(), scores.Ndcg.Chance, 1e-12);
        Assert.Equal(recall.Average(), scores.Recalls[0].Chance, 1e-12);
    }

    [Theory]
    [InlineData(3, 700, 600)]
    [InlineData(4, 41, 1300)]
    public void Columns_as_queries_score_as_the_transposed_matrices_for_any_number_of_threads(int seed, int queries, int items)
    {
        Random random = new(seed);
        float[] similarity = [.. Enumerable.Range(0, queries * items).Select(_ => (random.Next(-400, 401) / 400f) - 0f)];
        float[] relevancy =
            [.. Enumerable.Range(0, queries * items).Select(_ => random.Next(40) switch { 0 => 1f, < 5 => random.Next(1, 100) / 100f, _ => 0f })];
        float[] similarityBack = new float[similarity.Length], relevancyBack = new float[similarity.Length];
        for (int i = 0; i < similarity.Length; i++)
        {
            int to = (i % items * queries) + (i / items);
            (similarityBack[to], relevancyBack[to]) = (similarity[i], relevancy[i]);
        }

        RetrievalScores expected = RetrievalMetrics.All(similarity, relevancy, queries, items, [1, 10], threads: 1);
        foreach (int threads in new[] { 1, 3 })
        {
            RetrievalScores actual = RetrievalMetrics.All(similarityBack, relevancyBack, queries, items, [1, 10], queriesAreColumns: true, threads);
            Assert.Equal(expected.MeanAveragePrecision, actual.MeanAveragePrecision);
            Assert.Equal(expected.Ndcg, actual.Ndcg);
            Assert.Equal(expected.Recalls, actual.Recalls);
        }

        // Rows this long are sorted by digits; the textbook counts how many items beat an item.
        AssertClose(BruteForce.Map(similarity[..(40 * items)], relevancy[..(40 * items)], 40, items),
            RetrievalMetrics.MeanAveragePrecision(similarity.AsSpan(0, 40 * items), relevancy.AsSpan(0, 40 * items), 40, items));
    }

    private static IEnumerable<float[]> Permutations(float[] items) => items.Length == 0
        ? [[]]
        : items.SelectMany(first => Permutations([.. items.Where(item => item != first)]).Select(rest => (float[])[first, .. rest]));

    private static void AssertScores(float[] similarity, float[] relevancy, double[] map, double[] ndcg)
    {
        float[] transposedSimilarity = Transpose(similarity), transposedRelevancy = Transpose(relevancy);
        Assert.Equal(map[0], RetrievalMetrics.MeanAveragePrecision(similarity, relevancy, 7, 5).Value, 1e-12);
        Assert.Equal(map[1], RetrievalMetrics.MeanAveragePrecision(transposedSimilarity, transposedRelevancy, 5, 7).Value, 1e-12);
        Assert.Equal(ndcg[0], RetrievalMetrics.Ndcg(similarity, relevancy, 7, 5).Value, 1e-12);
        Assert.Equal(ndcg[1], RetrievalMetrics.Ndcg(transposedSimilarity, transposedRelevancy, 5, 7).Value, 1e-12);
    }

    private static float[] Transpose(float[] values) =>
        [.. Enumerable.Range(0, 35).Select(index => values[(index % 7 * 5) + (index / 7)])];

    private static void AssertClose((double Value, int Counted) expected, RetrievalScore actual)
    {
        Assert.Equal(expected.Value, actual.Value, 1e-12);
        Assert.Equal(expected.Counted, actual.Queries);
    }

    /// <summary>Metrics by the textbook, without sorting: an item's rank is the number of items that beat it.</summary>
    private static class BruteForce
    {
        public static (double, int) Map(float[] similarity, float[] relevancy, int queries, int items) =>
            Mean(similarity, relevancy, queries, items, (rank, rel) =>
            {
                int[] relevant = [.. Enumerable.Range(0, items).Where(item => rel[item] == 1)];
                return relevant.Length == 0 ? null : relevant.Average(item =>
                    Enumerable.Range(0, items).Where(other => rank[other] <= rank[item]).Sum(other =>
                        (double)rel[other]) / (rank[item] + 1));
            });

        public static (double, int) Ndcg(float[] similarity, float[] relevancy, int queries, int items) =>
            Mean(similarity, relevancy, queries, items, (rank, rel) =>
            {
                int count = rel.Count(value => value > 0);
                double ideal = rel.OrderDescending().Take(count).Select((value, index) => value / Math.Log(index + 2, 2)).Sum();
                double gain = Enumerable.Range(0,
                    items).Where(item => rank[item] < count).Sum(item => rel[item] / Math.Log(rank[item] + 2, 2));
                return count == 0 ? null : gain / ideal;
            });

        public static (double, int) Recall(int cutoff, float[] similarity, float[] relevancy, int queries, int items) =>
            Mean(similarity, relevancy, queries, items, (rank, rel) =>
            {
                int[] relevant = [.. Enumerable.Range(0, items).Where(item => rel[item] == 1)];
                return relevant.Length == 0 ? null : relevant.Min(item => rank[item]) < cutoff ? 1 : 0;
            });

        private static (double, int) Mean(
            float[] similarity, float[] relevancy, int queries, int items, Func<int[], float[], double?> metric)
        {
            double[] values = [.. Enumerable.Range(0, queries).Select(query =>
            {
                float[] row = similarity[(query * items)..((query + 1) * items)];
                int[] rank = [.. Enumerable.Range(0, items).Select(item => Enumerable.Range(0, items)
                    .Count(other => row[other] > row[item] || (row[other] == row[item] && other < item)))];
                return metric(rank, relevancy[(query * items)..((query + 1) * items)]);
            }).Where(value => value is not null).Select(value => value!.Value)];
            return (values.Length == 0 ? 0 : values.Average(), values.Length);
        }
    }
}
