namespace Avion.Compute;

public static partial class PackedAttention
{
    // From here on a product of a tile outweighs the library's call of some microseconds.
    private const int ShortestLibraryLength = 384;

    // Heads that are enough parallel work, each by one worker.
    private const int FewestLibraryHeads = 8;

    /// <summary>Whether products of bfloat16 are the library's, on its instructions for them: long sequences of many heads, without a causal mask.</summary>
    private static bool TakesLibrary(in AttentionShape shape, ElementType type) => type == ElementType.BFloat16 && !shape.IsCausal
        && shape.Offsets.LongestLength >= ShortestLibraryLength
        && shape.Offsets.Count * shape.HeadCount >= FewestLibraryHeads;

    private static unsafe void LibraryForward(CpuDevice cpu, in AttentionShape shape, BFloat16* qkv, BFloat16* y, float* lse)
    {
        LibraryTiling tiling = new(shape);
        using ScratchLease scratch = cpu.Scratch.Take((long)cpu.Workers.WorkerCount * tiling.ForwardScratch);
        LibraryForwardWork work = new()
        {
            Library = cpu.Matrix, Shape = shape, Tiling = tiling, Qkv = qkv, Scratch = scratch.Floats, Y = y, Lse = lse,
        };
        cpu.Workers.RunAtWidth(shape.Offsets.Count * shape.HeadCount, work);
    }

    private static unsafe void LibraryBackward(CpuDevice cpu, in AttentionShape shape, BFloat16* dy, BFloat16* qkv, BFloat16* y, float* lse,
        bool accumulate, BFloat16* dqkv)
    {
        LibraryTiling tiling = new(shape);
        using ScratchLease scratch = cpu.Scratch.Take((long)cpu.Workers.WorkerCount * tiling.BackwardScratch);
        LibraryBackwardWork work = new()
        {
            Library = cpu.Matrix, Shape = shape, Tiling = tiling, Dy = dy, Qkv = qkv, Y = y, Lse = lse, Scratch = scratch.Floats,
            Accumulate = accumulate, Dqkv = dqkv,
        };
        cpu.Workers.RunAtWidth(shape.Offsets.Count * shape.HeadCount, work);
    }

    /// <summary>Tiles of products by the library, which reads queries, keys and values where they lie: larger ones, for its calls cost more.</summary>
    private readonly struct LibraryTiling(in AttentionShape shape)
    {
        private const int Unit = 16, LargestQueryTile = 272, LargestKeyTile = 416;

        private readonly int _longest = shape.Offsets.LongestLength;
        private readonly int _columns = shape.HeadSize;

        /// <summary>Elements from one row of a tile of scores to the next.</summary>
        public static int Stride => LargestKeyTile + Unit;

        /// <summary>Numbers of a tile of scores as float32, and as bfloat16.</summary>
        public static int TileCount => LargestQueryTile * Stride;

        public static int HalfTileCount => TileCount / 2;

        /// <summary>Numbers of rows of a head.</summary>
        public int RowCount => ((_longest * _columns) + Unit - 1) / Unit * Unit;

        /// <summary>Scores, probabilities, output and statistics of a tile of queries.</summary>
        public int ForwardScratch => TileCount + HalfTileCount + (LargestQueryTile * (_columns + Unit)) + (2 * LargestQueryTile);

        /// <summary>Scores and their gradients, both as products take them, of a tile; gradients of queries, keys, values of a head.</summary>
        public int BackwardScratch => (2 * TileCount) + (2 * HalfTileCount) + (3 * RowCount) + LargestQueryTile;

        public static EvenTiles QueryTiles(int length) => new(length, Unit, LargestQueryTile);

        public static EvenTiles KeyTiles(int length) => new(length, 2 * Unit, LargestKeyTile);
    }

    /// <summary>One head of one sequence.</summary>
    private unsafe struct LibraryForwardWork : IVectorWork
    {
        public MatrixLibrary Library;
        public AttentionShape Shape;
        public LibraryTiling Tiling;
        public BFloat16* Qkv, Y;
        public float* Scratch, Lse;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            int head = chunk % Shape.HeadCount, sequence = chunk / Shape.HeadCount, headSize = Shape.HeadSize, stride = Shape.Stride;
            int start = Shape.Offsets.Start(sequence), length = Shape.Offsets.Length(sequence);
            float* scores = Scratch + ((long)worker * Tiling.ForwardScratch);
            BFloat16* p = (BFloat16*)(scores + LibraryTiling.TileCount);
            float* largest = scores + LibraryTiling.TileCount + LibraryTiling.HalfTileCount;
            EvenTiles tiles = LibraryTiling.QueryTiles(length), keyTiles = LibraryTiling.KeyTiles(length);
            BFloat16* query = Qkv + ((long)start * stride) + (head * headSize), key = query + Shape.Width, value = key + Shape.Width;
            float factor = (float)(Shape.Scale * Log2E);
            for (int tile = 0; tile < tiles.Count; tile++)
            {
                int first = tiles.First(tile), rows = tiles.First(tile + 1) - first;
                float* sums = largest + rows, outputs = sums + rows;
                for (int keyTile = 0; keyTile < keyTiles.Count; keyTile++)
                {
                    int keyFirst = keyTiles.First(keyTile), keys = keyTiles.First(keyTile + 1) - keyFirst;
                    Library.Multiply(false, true, rows, keys, headSize, query + ((long)first * stride), stride, key + ((long)keyFirst * stride),
                        stride, false, scores, LibraryTiling.Stride);
                    for (int r = 0; r < rows; r++)
                    {
                        float* row = scores + (r * LibraryTiling.Stride);
                        float before = keyTile > 0 ? largest[r] : HiddenScore;
                        largest[r] = Largest<TVector>(row, keys, factor, before);
                        float sum = Exponentials<TVector>(row, keys, factor, largest[r], p + (r * LibraryTiling.Stride));
                        float shrink = keyTile > 0 ? MathF.Pow(2, before - largest[r]) : 0;
                        sums[r] = keyTile > 0 ? (sums[r] * shrink) + sum : sum;
                        if (keyTile > 0 && shrink != 1)
                        {
                            float* output = outputs + (r * headSize);
                            RowArithmetic.Scale<TVector, float, float>(output, shrink, headSize, accumulate: false, output);
                        }
                    }

                    Library.Multiply(false, false, rows, headSize, keys, p, LibraryTiling.Stride, value + ((long)keyFirst * stride), stride,
                        keyTile > 0, outputs, headSize);
                }

                for (int r = 0; r < rows; r++)
                {
                    long token = start + first + r;
                    RowArithmetic.Scale<TVector, float, BFloat16>(outputs + (r * headSize), 1 / sums[r], headSize, accumulate: false,
                        Y + (token * Shape.Width) + (head * headSize));
                    Lse[((long)head * Shape.Offsets.TokenCount) + token] = (largest[r] * Ln2) + MathF.Log(sums[r]);
                }
            }
        }

        /// <summary>The largest score of a row, as an exponent of two, or what was larger before. Fills the row's last vector.</summary>
        private static float Largest<TVector>(float* row, int keys, float factor, float before) where TVector : struct, IFloatVector<TVector>
        {
            for (int j = keys; j % TVector.Width != 0; j++)
            {
                row[j] = HiddenScore;
            }

            TVector largest = TVector.Create(HiddenScore);
            for (int j = 0; j < keys; j += TVector.Width)
            {
                largest = TVector.Max(largest, TVector.Load(row + j));
            }

            return MathF.Max(before, largest.MaxLane() * factor);
        }

        /// <summary>p = 2^(factor · s - largest) of a row of scores.</summary>
        /// <returns>Their sum before they are rounded.</returns>
        private static float Exponentials<TVector>(float* row, int keys, float factor, float largest, BFloat16* p)
            where TVector : struct, IFloatVector<TVector>
        {
            TVector factors = TVector.Create(factor), shift = TVector.Create(-largest), sum = TVector.Zero;
            for (int j = 0; j < keys; j += TVector.Width)
            {
                TVector e = VectorMath.Exp2(TVector.MultiplyAdd(TVector.Load(row + j), factors, shift));
                e.Store(p + j);
                sum += e;
            }

            return sum.Sum();
        }
    }

    /// <summary>One head of one sequence.</summary>
    private unsafe struct LibraryBackwardWork : IVectorWork
    {
        public MatrixLibrary Library;
        public AttentionShape Shape;
        public LibraryTiling Tiling;
        public BFloat16* Dy, Qkv, Y, Dqkv;
        public float* Lse, Scratch;
        public bool Accumulate;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            int head = chunk % Shape.HeadCount, sequence = chunk / Shape.HeadCount, size = Shape.HeadSize, stride = Shape.Stride;
            int start = Shape.Offsets.Start(sequence), length = Shape.Offsets.Length(sequence), width = Shape.Width;
            float* scores = Scratch + ((long)worker * Tiling.BackwardScratch), gradients = scores + LibraryTiling.TileCount;
            float* dqueries = gradients + LibraryTiling.TileCount, dkeys = dqueries + Tiling.RowCount, dvalues = dkeys + Tiling.RowCount;
            BFloat16* p = (BFloat16*)(dvalues + Tiling.RowCount), ds = p + LibraryTiling.TileCount;
            float* deltas = (float*)(ds + LibraryTiling.TileCount), lse = Lse + ((long)head * Shape.Offsets.TokenCount) + start;
            EvenTiles tiles = LibraryTiling.QueryTiles(length), keyTiles = LibraryTiling.KeyTiles(length);
            BFloat16* query = Qkv + ((long)start * stride) + (head * size), dquery = Dqkv + ((long)start * stride) + (head * size);
            for (int tile = 0; tile < tiles.Count; tile++)
            {
                int first = tiles.First(tile), rows = tiles.First(tile + 1) - first;
                BFloat16* tileQuery = query + ((long)first * stride);
                long place = ((long)(start + first) * width) + (head * size);
                BFloat16* dy = Dy + place, y = Y + place;
                for (int r = 0; r < rows; r++)
                {
                    deltas[r] = RowArithmetic.Dot<TVector, BFloat16, BFloat16>(dy + ((long)r * width), y + ((long)r * width), size);
                }

                for (int keyTile = 0; keyTile < keyTiles.Count; keyTile++)
                {
                    int keyFirst = keyTiles.First(keyTile), keys = keyTiles.First(keyTile + 1) - keyFirst, at = keyFirst * size;
                    BFloat16* key = query + width + ((long)keyFirst * stride);
                    Library.Multiply(false, true, rows, keys, size, tileQuery, stride, key, stride, false, scores, LibraryTiling.Stride);
                    Library.Multiply(false, true, rows, keys, size, dy, width, key + width, stride, false, gradients, LibraryTiling.Stride);
                    for (int r = 0; r < rows; r++)
                    {
                        int row = r * LibraryTiling.Stride;
                        RowGradients<TVector>(scores + row, gradients + row, keys, lse[first + r], deltas[r], p + row, ds + row);
                    }

                    Library.Multiply(true, false, keys, size, rows, p, LibraryTiling.Stride, dy, width, tile > 0, dvalues + at, size);
                    Library.Multiply(true, false, keys, size, rows, ds, LibraryTiling.Stride, tileQuery, stride, tile > 0, dkeys + at, size);
                    Library.Multiply(false, false, rows, size, keys, ds, LibraryTiling.Stride, key, stride, keyTile > 0,
                        dqueries + (first * size), size);
                }
            }

            for (int r = 0; r < length; r++)
            {
                BFloat16* target = dquery + ((long)r * stride);
                RowArithmetic.Scale<TVector, float, BFloat16>(dqueries + (r * size), 1, size, Accumulate, target);
                RowArithmetic.Scale<TVector, float, BFloat16>(dkeys + (r * size), 1, size, Accumulate, target + width);
                RowArithmetic.Scale<TVector, float, BFloat16>(dvalues + (r * size), 1, size, Accumulate, target + (2 * width));
            }
        }

        /// <summary>p = e^(scale · s - lse) of a row of scores, and ds = p (dp - delta) · scale; what fills the last vector is not read.</summary>
        private readonly void RowGradients<TVector>(float* scores, float* gradients, int keys, float lse, float delta, BFloat16* p, BFloat16* ds)
            where TVector : struct, IFloatVector<TVector>
        {
            TVector factors = TVector.Create((float)(Shape.Scale * Log2E)), shift = TVector.Create(-lse * (float)Log2E);
            TVector scales = TVector.Create((float)Shape.Scale), deltas = TVector.Create(delta);
            for (int j = 0; j < keys; j += TVector.Width)
            {
                TVector probability = VectorMath.Exp2(TVector.MultiplyAdd(TVector.Load(scores + j), factors, shift));
                probability.Store(p + j);
                (probability * scales * (TVector.Load(gradients + j) - deltas)).Store(ds + j);
            }
        }
    }
}
