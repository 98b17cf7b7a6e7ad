namespace Avion.Compute;

/// <summary>Finds the rows of a matrix [N, D] that have the largest product with a query: exactly, by looking at all of them.</summary>
/// <remarks>
/// <para>
/// The result is that of products summed in double precision, whatever the processor and the number of threads: the K largest, of equal ones
/// the smaller row first. Rows and queries that hold a number which is not finite, or are longer than 1e15, never rank.
/// </para>
/// <para>
/// A pass over a copy in bfloat16 gives each product s with |s - exact| ≤ ε, so that it reads half the memory that float32 has: at a million
/// rows memory is what bounds it. By Cauchy and Schwarz ε = |q| (e + γ m) + D · 2^-126 for a block of rows, with e the longest
/// difference of a row and its copy, m the length of the longest copy, and γ = n u / (1 - n u) for sums of n = D + 2
/// roundings in float32, u = 2^-24. Rows with s + ε below the K-th largest s - ε cannot be among the K; the few others are computed in double precision from the rows as they were given.
/// </para>
/// <para>Memory: 6 bytes a number. Searching is safe for one thread at a time, and not while rows are added.</para>
/// </remarks>
/// <param name="size">D.</param>
/// <param name="threads">Threads that search; 0: one per processor.</param>
public sealed class VectorIndex(int size, int threads = 0) : IDisposable
{
    private const int LargestSize = 1 << 20;
    private const double LeastNormal = 1.1754943508222875e-38;

    private readonly List<VectorBlock> _blocks = [];
    private readonly WorkerPool _workers = new(threads);

    /// <summary>D.</summary>
    public int Size { get; } = size is > 0 and <= LargestSize ? size
        : throw new ArgumentOutOfRangeException(nameof(size), size, $"Rows of an index have 1 to {LargestSize} numbers.");

    /// <summary>N, those that never rank included.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes that a search reads.</summary>
    public long ScannedBytes => _blocks.Sum(static block => block.ScannedBytes);

    internal IReadOnlyList<VectorBlock> Blocks => _blocks;

    internal WorkerPool Workers => _workers;

    /// <summary>Adds rows behind those that are there.</summary>
    /// <param name="rows">[n, D]; they are copied.</param>
    public void Add(ReadOnlySpan<float> rows)
    {
        if (rows.Length % Size != 0)
        {
            throw new ArgumentException($"Got {rows.Length} numbers, expected rows of {Size}.", nameof(rows));
        }

        for (int count = rows.Length / Size; count > 0;)
        {
            if (_blocks.Count == 0 || _blocks[^1].IsFull)
            {
                _blocks.Add(new VectorBlock(Size, Count));
            }

            int taken = Math.Min(_blocks[^1].Free, count);
            _blocks[^1].Add(rows[..(taken * Size)]);
            rows = rows[(taken * Size)..];
            Count = checked(Count + taken);
            count -= taken;
        }
    }

    /// <summary>The best rows of one query.</summary>
    /// <param name="query">[D].</param>
    /// <param name="count">K; there are fewer where fewer rows can rank.</param>
    public VectorRanking Search(ReadOnlySpan<float> query, int count) =>
        query.Length == Size ? SearchAll(query, count)[0] : throw new ArgumentException($"The query has {query.Length} numbers, expected {Size}.", nameof(query));

    /// <summary>The best rows of each of several queries: memory is read once for all.</summary>
    /// <param name="queries">[Q, D].</param>
    /// <param name="count">K; there are fewer where fewer rows can rank.</param>
    public VectorRanking[] SearchAll(ReadOnlySpan<float> queries, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (queries.Length % Size != 0)
        {
            throw new ArgumentException($"Got {queries.Length} numbers, expected queries of {Size}.", nameof(queries));
        }

        int queryCount = queries.Length / Size, padded = VectorBlock.PaddedSize(Size);
        float[] lanes = new float[queryCount * padded];
        double[] lengths = new double[queryCount];
        Shortlist[] lists = new Shortlist[queryCount * _workers.WorkerCount];
        for (int query = 0; query < queryCount; query++)
        {
            ReadOnlySpan<float> values = queries.Slice(query * Size, Size);
            lengths[query] = VectorBlock.LengthOf(values);
            values.CopyTo(lanes.AsSpan(query * padded));
        }

        for (int list = 0; list < lists.Length; list++)
        {
            lists[list] = new Shortlist(Math.Min(count, Count));
        }

        ScoreSum[] sums = new ScoreSum[_blocks.Count * queryCount];
        Scan scan = new() { Index = this, Queries = lanes, Lengths = lengths, Lists = lists, Sums = sums, Scores = new float[_workers.WorkerCount][] };
        if (Count > 0 && queryCount > 0)
        {
            _workers.RunAtWidth(_blocks.Count, scan);
        }

        VectorRanking[] rankings = new VectorRanking[queryCount];
        for (int query = 0; query < queryCount; query++)
        {
            rankings[query] = double.IsNaN(lengths[query]) ? VectorRanking.Nothing
                : Rank(queries.Slice(query * Size, Size), query, queryCount, Math.Min(count, Count), lists, sums);
        }

        return rankings;
    }

    /// <inheritdoc/>
    public void Dispose() => _workers.Dispose();

    /// <summary>ε of a query and a block.</summary>
    internal float BoundOf(VectorBlock block, double queryLength)
    {
        double roundings = (VectorBlock.PaddedSize(Size) + 2) / (double)(1 << 24), sum = roundings / (1 - roundings);
        return MathF.BitIncrement((float)((queryLength * (block.LongestError + (sum * block.LongestCopy))) + (Size * LeastNormal)));
    }

    private VectorRanking Rank(ReadOnlySpan<float> query, int number, int queryCount, int count, Shortlist[] lists, ScoreSum[] sums)
    {
        ScoreSum all = default;
        for (int block = 0; block < _blocks.Count; block++)
        {
            all.Add(sums[(block * queryCount) + number]);
        }

        if (all.Count == 0)
        {
            return VectorRanking.Nothing;
        }

        Shortlist list = lists[number];
        for (int worker = 1; worker < _workers.WorkerCount; worker++)
        {
            list.Add(lists[(worker * queryCount) + number]);
        }

        List<RankedRow> rows = [];
        foreach (int row in list.Rows())
        {
            rows.Add(new RankedRow(row, ExactProduct.Of(query, RowOf(row))));
        }

        rows.Sort(static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Row.CompareTo(b.Row));
        double mean = all.Sum / all.Count;
        return new VectorRanking(rows.Count > count ? rows[..count] : rows, all.Count, mean,
            Math.Sqrt(Math.Max((all.SumOfSquares / all.Count) - (mean * mean), 0)));
    }

    private ReadOnlySpan<float> RowOf(int row)
    {
        VectorBlock block = _blocks[row / _blocks[0].Capacity];
        return block.Row(row - block.FirstRow);
    }

    /// <summary>Scores of a block: how many are numbers, their sum and that of their squares.</summary>
    internal struct ScoreSum
    {
        public int Count;
        public double Sum, SumOfSquares;

        public void Add(ReadOnlySpan<float> scores)
        {
            foreach (float score in scores)
            {
                if (!float.IsNaN(score))
                {
                    (Count, Sum, SumOfSquares) = (Count + 1, Sum + score, SumOfSquares + ((double)score * score));
                }
            }
        }

        public void Add(in ScoreSum other) => (Count, Sum, SumOfSquares) = (Count + other.Count, Sum + other.Sum, SumOfSquares + other.SumOfSquares);
    }

    /// <summary>One block for all queries: it comes from memory for the first, and from the cache for the others.</summary>
    private struct Scan : IVectorWork
    {
        public VectorIndex Index;
        public float[] Queries;
        public double[] Lengths;
        public Shortlist[] Lists;
        public ScoreSum[] Sums;
        public float[][] Scores;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            VectorBlock block = Index._blocks[chunk];
            float[] buffer = Scores[worker] ??= new float[block.Capacity];
            int padded = VectorBlock.PaddedSize(Index.Size);
            for (int query = 0; query < Lengths.Length; query++)
            {
                if (double.IsNaN(Lengths[query]))
                {
                    continue;
                }

                Span<float> scores = buffer.AsSpan(0, block.Count);
                block.Score<TVector>(Queries.AsSpan(query * padded, padded), scores);
                Sums[(chunk * Lengths.Length) + query].Add(scores);
                Lists[(worker * Lengths.Length) + query].Add(scores, block.FirstRow, Index.BoundOf(block, Lengths[query]));
            }
        }
    }
}
