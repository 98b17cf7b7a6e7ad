namespace Avion.Compute.Tests;

/// <summary>An index finds what a search through all rows in double precision finds, row by row and tie by tie.</summary>
public sealed class VectorIndexTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Rankings_are_those_of_double_precision(int seed)
    {
        Random random = new(seed);
        int size = random.Next(4) == 0 ? 256 : random.Next(1, 70), count = random.Next(8) == 0 ? 9000 : random.Next(0, 1500);
        float[] rows = Rows(random, count, size), queries = Rows(random, 5, size);
        int wanted = random.Next(4) == 0 ? count + 3 : random.Next(1, 40);
        using VectorIndex index = new(size, threads: random.Next(1, 5));
        for (int added = 0; added < count;)
        {
            int part = Math.Min(random.Next(1, 700), count - added);
            index.Add(rows.AsSpan(added * size, part * size));
            added += part;
        }

        VectorRanking[] together = index.SearchAll(queries, wanted);
        for (int query = 0; query < 5; query++)
        {
            ReadOnlySpan<float> one = queries.AsSpan(query * size, size);
            RankedRow[] expected = BruteForce(rows, one, size, wanted);
            Assert.Equal(expected, together[query].Rows);
            Assert.Equal(expected, index.Search(one, wanted).Rows);
        }
    }

    [Fact]
    public void Rows_that_bfloat16_cannot_tell_apart_are_ranked()
    {
        // Row j is 1 + j·2^-23 in one place: all copies are the same number.
        const int size = 16, count = 5000;
        float[] rows = new float[count * size];
        for (int row = 0; row < count; row++)
        {
            rows[row * size] = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(1) + (row * 7 % count));
        }

        using VectorIndex index = new(size);
        index.Add(rows);
        float[] query = new float[size];
        query[0] = 0.5f;
        VectorRanking ranking = index.Search(query, 20);
        Assert.Equal(BruteForce(rows, query, size, 20), ranking.Rows);
        Assert.Equal(count - 1, ranking.Rows[0].Row * 7 % count);
    }

    [Fact]
    public void Equal_scores_come_in_the_order_of_rows()
    {
        using VectorIndex index = new(8, threads: 3);
        for (int i = 0; i < 30; i++)
        {
            index.Add(Enumerable.Repeat(0.5f, 8 * 1000).ToArray());
        }

        VectorRanking ranking = index.Search(Enumerable.Repeat(1f, 8).ToArray(), 25);
        Assert.Equal(Enumerable.Range(0, 25), ranking.Rows.Select(row => row.Row));
        Assert.All(ranking.Rows, row => Assert.Equal(4, row.Score));
        Assert.Equal((30_000, 4.0, 0.0), (ranking.Count, ranking.Mean, ranking.Deviation));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(3e38f)]
    public void What_is_not_a_finite_vector_never_ranks(float bad)
    {
        const int size = 20, count = 300;
        float[] rows = Rows(new Random(1), count, size, damaged: false);
        for (int row = 0; row < count; row += 2)
        {
            rows[(row * size) + (row % size)] = bad;
        }

        using VectorIndex index = new(size);
        index.Add(rows);
        VectorRanking ranking = index.Search(Rows(new Random(2), 1, size, damaged: false), count);
        Assert.Equal(count / 2, ranking.Count);
        Assert.Equal(count / 2, ranking.Rows.Count);
        Assert.All(ranking.Rows, row => Assert.True(row.Row % 2 == 1 && double.IsFinite(row.Score)));
        float[] query = new float[size];
        query[3] = bad;
        Assert.Empty(index.Search(query, 5).Rows);
        Assert.Empty(index.SearchAll([.. query, .. query], 5)[1].Rows);
    }

    [Fact]
    public void Mean_and_deviation_are_of_all_scores()
    {
        const int size = 64, count = 4000;
        float[] rows = Rows(new Random(3), count, size, damaged: false), query = Rows(new Random(4), 1, size, damaged: false);
        using VectorIndex index = new(size);
        index.Add(rows);
        double[] scores = [.. Enumerable.Range(0, count).Select(row => Dot(rows.AsSpan(row * size, size), query))];
        double mean = scores.Average(), deviation = Math.Sqrt(scores.Average(score => (score - mean) * (score - mean)));
        VectorRanking ranking = index.Search(query, 1);
        Assert.Equal(mean, ranking.Mean, 0.004 * deviation);
        Assert.Equal(deviation, ranking.Deviation, 0.004 * deviation);
    }

    [Fact]
    public void Scores_of_the_scan_keep_their_bound_at_every_width()
    {
        Random random = new(5);
        foreach (int size in (int[])[1, 15, 16, 17, 100, 256])
        {
            const int count = 90;
            float[] rows = Rows(random, count, size, damaged: false), queries = Rows(random, 4, size, damaged: false);
            using VectorIndex index = new(size);
            index.Add(rows);
            VectorBlock block = index.Blocks[0];
            for (int query = 0; query < 4; query++)
            {
                float[] one = queries[(query * size)..((query + 1) * size)], padded = new float[VectorBlock.PaddedSize(size)];
                one.CopyTo(padded, 0);
                float bound = index.BoundOf(block, VectorBlock.LengthOf(one));
                Check<FloatScalar>(block, padded, one, bound);
                Check<FloatVector128>(block, padded, one, bound);
                Check<FloatVector256>(block, padded, one, bound);
                Check<FloatVector512>(block, padded, one, bound);
            }
        }
    }

    [Fact]
    public void An_empty_index_finds_nothing_and_wrong_lengths_are_refused()
    {
        using VectorIndex index = new(4);
        Assert.Empty(index.Search(new float[4], 3).Rows);
        Assert.Equal(0, index.Search(new float[4], 3).Count);
        Assert.Contains("expected rows of 4", Assert.Throws<ArgumentException>(() => index.Add(new float[6])).Message, StringComparison.Ordinal);
        Assert.Contains("expected 4", Assert.Throws<ArgumentException>(() => index.Search(new float[5], 3)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Search(new float[4], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new VectorIndex(0));
    }

    [Fact]
    public void The_benchmark_finds_the_rows_of_double_precision()
    {
        VectorIndexFigures figures = VectorIndexBenchmark.Run(rows: 20_000, size: 24, threads: 2, rounds: 1, TestContext.Current.CancellationToken);
        Assert.True(figures.IsExact);
        Assert.Equal(20_000L * 32 * 2, figures.ScannedBytes);
        Assert.True(figures.SearchSeconds > 0 && figures.ReadSeconds > 0 && figures.SecondsOfMany > 0);
    }

    private static void Check<TVector>(VectorBlock block, float[] padded, float[] query, float bound) where TVector : struct, IFloatVector<TVector>
    {
        float[] scores = new float[block.Count];
        block.Score<TVector>(padded, scores);
        for (int row = 0; row < scores.Length; row++)
        {
            double exact = Dot(block.Row(row), query);
            Assert.True(Math.Abs(scores[row] - exact) <= bound, $"{typeof(TVector).Name}, row {row}: {scores[row]} for {exact}, bound {bound}.");
        }
    }

    /// <summary>Rows with ties, of many lengths, some of them damaged.</summary>
    private static float[] Rows(Random random, int count, int size, bool damaged = true)
    {
        float[] rows = new float[count * size];
        double scale = Math.Pow(10, random.Next(-12, 10));
        for (int row = 0; row < count; row++)
        {
            Span<float> values = rows.AsSpan(row * size, size);
            if (row > 0 && random.Next(5) == 0)
            {
                rows.AsSpan(random.Next(row) * size, size).CopyTo(values);
                continue;
            }

            double own = random.Next(4) == 0 ? scale * Math.Pow(10, random.Next(-3, 4)) : scale;
            foreach (ref float value in values)
            {
                value = (float)(((random.NextDouble() * 2) - 1) * own);
            }

            if (damaged && random.Next(20) == 0)
            {
                values[random.Next(size)] = random.Next(2) == 0 ? float.NaN : float.PositiveInfinity;
            }
        }

        return rows;
    }

    private static RankedRow[] BruteForce(float[] rows, ReadOnlySpan<float> query, int size, int count)
    {
        if (query.ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
        {
            return [];
        }

        List<RankedRow> all = [];
        for (int row = 0; row < rows.Length / size; row++)
        {
            double score = Dot(rows.AsSpan(row * size, size), query);
            if (double.IsFinite(score))
            {
                all.Add(new RankedRow(row, score));
            }
        }

        return [.. all.OrderByDescending(row => row.Score).ThenBy(row => row.Row).Take(count)];
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }
}
