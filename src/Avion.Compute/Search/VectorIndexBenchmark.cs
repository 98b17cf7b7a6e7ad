using System.Diagnostics;

namespace Avion.Compute;

/// <summary>How fast an index is searched.</summary>
/// <param name="Rows">N.</param>
/// <param name="Size">D.</param>
/// <param name="Threads">Threads that search.</param>
/// <param name="ScannedBytes">Bytes that a search reads.</param>
/// <param name="ReadSeconds">Reading those bytes by the same threads, nothing else: what memory allows.</param>
/// <param name="SearchSeconds">One query.</param>
/// <param name="Queries">Queries at once for <paramref name="SecondsOfMany"/>.</param>
/// <param name="SecondsOfMany">All of them.</param>
/// <param name="IsExact">Whether the rows that were found are those of a search in double precision.</param>
public sealed record VectorIndexFigures(
    int Rows, int Size, int Threads, long ScannedBytes, double ReadSeconds, double SearchSeconds, int Queries, double SecondsOfMany, bool IsExact)
{
    /// <summary>Share of the rate at which memory can be read.</summary>
    public double ShareOfMemory => ReadSeconds / SearchSeconds;
}

/// <summary>Times an index of random unit vectors beside its ceiling, the reading of its memory, in turns.</summary>
public static unsafe class VectorIndexBenchmark
{
    private const int Queries = 16, Found = 10, RowsAtOnce = 1 << 12;

    /// <summary>Measures: medians of rounds in which each has its turn.</summary>
    /// <param name="rows">N.</param>
    /// <param name="size">D.</param>
    /// <param name="threads">Threads; 0: one per processor.</param>
    /// <param name="rounds">How many times each is measured.</param>
    /// <param name="cancellation">Stops between two searches.</param>
    public static VectorIndexFigures Run(int rows, int size, int threads, int rounds, CancellationToken cancellation = default)
    {
        using VectorIndex index = new(size, threads);
        CounterRandom random = new(seed: 1, stream: 0);
        for (int left = rows; left > 0; left -= RowsAtOnce)
        {
            cancellation.ThrowIfCancellationRequested();
            index.Add(UnitVectors(Math.Min(left, RowsAtOnce), size, ref random));
        }

        float[] queries = UnitVectors(Queries, size, ref random), query = queries[..size];
        VectorRanking found = index.Search(query, Found);
        bool isExact = found.Rows.SequenceEqual(Exactly(index, query));
        List<double> reads = [], searches = [], many = [];
        float seen = 0;
        for (int round = 0; round < rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            reads.Add(Time(() => seen += Read(index)));
            searches.Add(Time(() => index.Search(query, Found)));
            many.Add(Time(() => index.SearchAll(queries, Found)));
        }

        GC.KeepAlive(seen);
        return new VectorIndexFigures(rows, size, index.Workers.WorkerCount, index.ScannedBytes, Median(reads), Median(searches), Queries, Median(many), isExact);
    }

    private static float[] UnitVectors(int count, int size, ref CounterRandom random)
    {
        float[] rows = new float[count * size];
        for (int row = 0; row < count; row++)
        {
            Span<float> values = rows.AsSpan(row * size, size);
            double sum = 0;
            for (int i = 0; i < size; i++)
            {
                values[i] = (random.NextSingle() * 2) - 1;
                sum += values[i] * values[i];
            }

            for (int i = 0; i < size; i++)
            {
                values[i] /= (float)Math.Sqrt(sum);
            }
        }

        return rows;
    }

    private static RankedRow[] Exactly(VectorIndex index, float[] query)
    {
        PriorityQueue<RankedRow, (double Score, int Row)> best = new();
        foreach (VectorBlock block in index.Blocks)
        {
            for (int row = 0; row < block.Count; row++)
            {
                double sum = ExactProduct.Of(query, block.Row(row));
                best.Enqueue(new RankedRow(block.FirstRow + row, sum), (sum, -block.FirstRow - row));
                if (best.Count > Found)
                {
                    best.Dequeue();
                }
            }
        }

        return [.. best.UnorderedItems.Select(item => item.Element).OrderByDescending(row => row.Score).ThenBy(row => row.Row)];
    }

    private static double Time(Action work)
    {
        long began = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static float Read(VectorIndex index)
    {
        Reading reading = new() { Index = index, Sums = new float[index.Blocks.Count] };
        index.Workers.RunAtWidth(index.Blocks.Count, reading);
        return reading.Sums.Sum();
    }

    /// <summary>Adds up the bytes of a block as float32: the cheapest that makes a processor read all of them.</summary>
    private struct Reading : IVectorWork
    {
        public VectorIndex Index;
        public float[] Sums;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            ReadOnlySpan<BFloat16> bytes = Index.Blocks[chunk].Copies;
            int count = bytes.Length / 2;
            TVector a = TVector.Zero, b = TVector.Zero, c = TVector.Zero, d = TVector.Zero;
            fixed (BFloat16* start = bytes)
            {
                float* next = (float*)start;
                for (int i = 0; i <= count - (4 * TVector.Width); i += 4 * TVector.Width)
                {
                    a += TVector.Load(next + i);
                    b += TVector.Load(next + i + TVector.Width);
                    c += TVector.Load(next + i + (2 * TVector.Width));
                    d += TVector.Load(next + i + (3 * TVector.Width));
                }
            }

            Sums[chunk] = (a + b + (c + d)).Sum();
        }
    }
}
