namespace Avion.Compute;

public static partial class PackedAttention
{
    // Few heads are cut into groups of query tiles until there is this much parallel work, each group laying out the keys again.
    private const int WantedForwardChunks = 32;

    private const float HiddenScore = -1e30f;
    private const float Ln2 = 0.693147181f;

    internal static unsafe void CpuForward<T>(CpuDevice cpu, in AttentionShape shape, T* qkv, T* y, float* lse) where T : unmanaged
    {
        int heads = shape.Offsets.Count * shape.HeadCount;
        AttentionTiling tiling = new(shape);
        using ScratchLease scratch = cpu.Scratch.Take((long)cpu.Workers.WorkerCount * tiling.ForwardScratch);
        ForwardWork<T> work = new() { Shape = shape, Tiling = tiling, Qkv = qkv, Scratch = scratch.Floats, Y = y, Lse = lse };
        work.Groups = Math.Clamp(WantedForwardChunks / Math.Max(1, heads), 1,
            Math.Max(1, AttentionTiling.QueryTiles(shape.Offsets.LongestLength).Count));
        cpu.Workers.RunAtWidth(heads * work.Groups, work);
    }

    /// <summary>A group of query tiles of one head of one sequence.</summary>
    private unsafe struct ForwardWork<T> : IVectorWork where T : unmanaged
    {
        public AttentionShape Shape;
        public AttentionTiling Tiling;
        public T* Qkv, Y;
        public float* Scratch, Lse;
        public int Groups;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            int head = chunk / Groups % Shape.HeadCount, sequence = chunk / Groups / Shape.HeadCount;
            int start = Shape.Offsets.Start(sequence), length = Shape.Offsets.Length(sequence);
            EvenTiles tiles = AttentionTiling.QueryTiles(length);
            (int firstTile, int endTile) = Chunks.Range(chunk % Groups, Groups, tiles.Count);
            if (firstTile == endTile)
            {
                return;
            }

            float* scratch = Scratch + ((long)worker * Tiling.ForwardScratch);
            ForwardHead<T> at = new()
            {
                Query = Qkv + ((long)start * Shape.Stride) + (head * Shape.HeadSize),
                Output = Y + ((long)start * Shape.Width) + (head * Shape.HeadSize),
                Lse = Lse + ((long)head * Shape.Offsets.TokenCount) + start,
                Queries = AttentionTiling.Take(ref scratch, Tiling.TileRows * Tiling.HeadStride),
                Scores = AttentionTiling.Take(ref scratch, Tiling.TileCount),
                Outputs = AttentionTiling.Take(ref scratch, Tiling.OutputCount),
                Largest = AttentionTiling.Take(ref scratch, Tiling.TileRows),
                Shrinks = AttentionTiling.Take(ref scratch, Tiling.TileRows),
                Sums = AttentionTiling.Take(ref scratch, Tiling.TileRows * TVector.Width),
                KeyPanels = AttentionTiling.Take(ref scratch, Tiling.TransposedCount(length)),
                Values = scratch, Length = length,
            };
            int next = (chunk + 1) / Groups;
            if (next != chunk / Groups && next < Shape.HeadCount * Shape.Offsets.Count)
            {
                at.NextQuery = Qkv + ((long)Shape.Offsets.Start(next / Shape.HeadCount) * Shape.Stride)
                    + (next % Shape.HeadCount * Shape.HeadSize);
            }

            int reachedKeys = Shape.VisibleKeys(tiles.First(endTile) - 1, length);
            T* key = at.Query + Shape.Width;
            PanelPacking.PackTransposed(key, Shape.Stride, Shape.HeadSize, reachedKeys, (float)(Shape.Scale * Log2E), 2 * TVector.Width,
                at.KeyPanels);
            PanelPacking.CopyRows<TVector, T>(key + Shape.Width, Shape.Stride, reachedKeys, Shape.HeadSize, at.Values, Tiling.HeadColumns);
            for (int tile = firstTile; tile < endTile; tile++)
            {
                int first = tiles.First(tile), rows = tiles.First(tile + 1) - first;
                if (Tiling.HeadStride == PanelProduct.NarrowRows.RowStride)
                {
                    QueryTile<TVector, PanelProduct.NarrowRows>(at, first, rows);
                }
                else
                {
                    QueryTile<TVector, PanelProduct.WideRows>(at, first, rows);
                }
            }
        }

        /// <summary>Outputs of some queries: the values of all keys that they see, weighed by the exponentials of their scores.</summary>
        private readonly void QueryTile<TVector, TQueries>(in ForwardHead<T> at, int first, int rows)
            where TVector : struct, IFloatVector<TVector>
            where TQueries : PanelProduct.ILeftLayout
        {
            int headSize = Shape.HeadSize, headColumns = Tiling.HeadColumns, reachedKeys = Shape.VisibleKeys(first + rows - 1, at.Length);
            PanelPacking.CopyRows<TVector, T>(at.Query + ((long)first * Shape.Stride), Shape.Stride, rows, headSize, at.Queries,
                TQueries.RowStride);
            EvenTiles tiles = AttentionTiling.KeyTiles(at.Length);
            for (int tile = 0; tile < tiles.Count && tiles.First(tile) < reachedKeys; tile++)
            {
                int keyFirst = tiles.First(tile), keys = Math.Min(tiles.First(tile + 1), reachedKeys) - keyFirst;
                PanelProduct.Multiply<TVector, TQueries>(rows, PanelProduct.RoundUp(keys), headSize, at.Queries,
                    at.KeyPanels + ((long)keyFirst * headSize), 2 * TVector.Width, 2 * TVector.Width * headSize, add: false, at.Scores,
                    PanelProduct.LeftStride);
                FindLargest<TVector>(at, first, rows, keyFirst, keys);
                if (tile > 0)
                {
                    Shrink<TVector>(at, rows);
                }

                for (int r = 0; r < rows; r++)
                {
                    if (tile == 0 && at.NextQuery != null)
                    {
                        // The next head comes from a distant cache while this one computes.
                        T* query = at.NextQuery + ((long)(first + r) * Shape.Stride);
                        CachePrefetch.LaterRow(query, headSize);
                        CachePrefetch.LaterRow(query + Shape.Width, headSize);
                        CachePrefetch.LaterRow(query + (2 * Shape.Width), headSize);
                    }

                    Exponentials<TVector>(at, r, Math.Clamp(Shape.VisibleKeys(first + r, at.Length) - keyFirst, 0, keys), keys, tile > 0);
                }

                PanelProduct.Multiply<TVector, PanelProduct.AsStored>(rows, headColumns, keys, at.Scores,
                    at.Values + ((long)keyFirst * headColumns), headColumns, 2 * TVector.Width, tile > 0, at.Outputs, headColumns);
            }

            for (int r = 0; r < rows; r++)
            {
                float sum = TVector.Load(at.Sums + (r * TVector.Width)).Sum();
                RowArithmetic.Scale<TVector, float, T>(at.Outputs + (r * headColumns), 1 / sum, headSize, accumulate: false,
                    at.Output + ((long)(first + r) * Shape.Width));
                at.Lse[first + r] = (at.Largest[r] * Ln2) + MathF.Log(sum);
            }
        }

        /// <summary>The largest score of each row so far, and by what factor what was summed below the last one shrinks.</summary>
        private readonly void FindLargest<TVector>(in ForwardHead<T> at, int first, int rows, int keyFirst, int keys)
            where TVector : struct, IFloatVector<TVector>
        {
            for (int r = 0; r < rows; r++)
            {
                int visible = Math.Clamp(Shape.VisibleKeys(first + r, at.Length) - keyFirst, 0, keys);
                float* row = at.Scores + (r * PanelProduct.LeftStride);

                // Whole vectors only: what fills the last one never is the largest, and adds nothing to a sum of at least 1.
                for (int j = visible; j % TVector.Width != 0; j++)
                {
                    row[j] = HiddenScore;
                }

                TVector largest = TVector.Create(keyFirst > 0 ? at.Largest[r] : HiddenScore);
                for (int j = 0; j < visible; j += TVector.Width)
                {
                    largest = TVector.Max(largest, TVector.Load(row + j));
                }

                float rowLargest = largest.MaxLane();
                at.Shrinks[r] = at.Largest[r] - rowLargest;
                at.Largest[r] = rowLargest;
            }
        }

        /// <summary>Shrinks what was summed below a smaller maximum.</summary>
        private readonly void Shrink<TVector>(in ForwardHead<T> at, int rows) where TVector : struct, IFloatVector<TVector>
        {
            for (int r = 0; r < rows; r += TVector.Width)
            {
                VectorMath.Exp2(TVector.Load(at.Shrinks + r)).Store(at.Shrinks + r);
            }

            for (int r = 0; r < rows; r++)
            {
                if (at.Shrinks[r] != 1)
                {
                    TVector factors = TVector.Create(at.Shrinks[r]);
                    (TVector.Load(at.Sums + (r * TVector.Width)) * factors).Store(at.Sums + (r * TVector.Width));
                    float* output = at.Outputs + (r * Tiling.HeadColumns);
                    for (int d = 0; d < Tiling.HeadColumns; d += TVector.Width)
                    {
                        (TVector.Load(output + d) * factors).Store(output + d);
                    }
                }
            }
        }

        /// <summary>Turns a row's scores into exponentials below its largest, and adds these up.</summary>
        private static void Exponentials<TVector>(in ForwardHead<T> at, int r, int visible, int keys, bool add)
            where TVector : struct, IFloatVector<TVector>
        {
            float* row = at.Scores + (r * PanelProduct.LeftStride), sums = at.Sums + (r * TVector.Width);
            TVector largest = TVector.Create(at.Largest[r]), sum = add ? TVector.Load(sums) : TVector.Zero;
            for (int j = 0; j < visible; j += TVector.Width)
            {
                TVector e = VectorMath.Exp2(TVector.Load(row + j) - largest);
                Rounded<TVector, T>(e).Store(row + j);
                sum += e;
            }

            sum.Store(sums);
            for (int j = visible; j < keys; j++)
            {
                row[j] = 0;
            }
        }
    }

    /// <summary>A factor of a product as the product's type has it: rounded to the 8 bits of bfloat16, or as it is.</summary>
    /// <remarks>Veltkamp's splitting; Dekker 1971, "A floating-point technique for extending the available precision".</remarks>
    private static TVector Rounded<TVector, T>(TVector x) where TVector : struct, IFloatVector<TVector>
    {
        if (typeof(T) == typeof(float))
        {
            return x;
        }

        TVector spread = x * TVector.Create(65537);
        return spread - (spread - x);
    }

    /// <summary>Where one head of one sequence lies, the worker's scratch, and the head that the worker is likely to compute next.</summary>
    private unsafe struct ForwardHead<T> where T : unmanaged
    {
        public T* Query, Output, NextQuery;
        public float* Lse, Queries, Scores, Outputs, Largest, Shrinks, Sums, KeyPanels, Values;
        public int Length;
    }
}
