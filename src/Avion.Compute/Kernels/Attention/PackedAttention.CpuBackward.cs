namespace Avion.Compute;

public static partial class PackedAttention
{
    // Few heads are cut into groups of key tiles until there is this much parallel work, each group with query gradients of its own.
    private const int WantedBackwardChunks = 16;

    internal static unsafe void CpuBackward(CpuDevice cpu, in AttentionShape shape, float* dy, float* qkv, float* y, float* lse,
        bool accumulate, float* dqkv)
    {
        AttentionTiling tiling = new(shape);
        long partials = PartialCount(shape);
        using ScratchLease scratch = cpu.Scratch.Take(partials + ((long)cpu.Workers.WorkerCount * tiling.BackwardScratch));
        BackwardWork work = new()
        {
            Shape = shape, Tiling = tiling, Dy = dy, Qkv = qkv, Y = y, Lse = lse, Partials = scratch.Floats,
            Scratch = scratch.Floats + partials, Accumulate = accumulate, Dqkv = dqkv, Groups = BackwardGroups(shape),
        };
        cpu.Workers.RunAtWidth(shape.Offsets.Count * shape.HeadCount * work.Groups, work);
        if (work.Groups > 1)
        {
            QuerySumWork sum = new()
            {
                Shape = shape, Partials = work.Partials, Groups = work.Groups, Accumulate = accumulate, Dqkv = dqkv,
            };
            cpu.Workers.Run(shape.Offsets.TokenCount, ref sum);
        }
    }

    /// <summary>Groups of key tiles of one head; 1 if the heads alone are enough parallel work.</summary>
    private static int BackwardGroups(in AttentionShape shape)
    {
        int heads = Math.Max(1, shape.Offsets.Count * shape.HeadCount);
        return Math.Clamp(WantedBackwardChunks / heads, 1, Math.Max(1, TileCount(shape.Offsets.LongestLength, AttentionTiling.KeyTile)));
    }

    private static long PartialCount(in AttentionShape shape)
    {
        int groups = BackwardGroups(shape);
        return groups == 1 ? 0 : (long)groups * shape.Offsets.TokenCount * shape.Width;
    }

    /// <summary>A group of key tiles of one head of one sequence.</summary>
    private unsafe struct BackwardWork : IVectorWork
    {
        public AttentionShape Shape;
        public AttentionTiling Tiling;
        public float* Dy, Qkv, Y, Lse, Scratch, Partials, Dqkv;
        public int Groups;
        public bool Accumulate;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            int group = chunk % Groups, head = chunk / Groups % Shape.HeadCount, sequence = chunk / Groups / Shape.HeadCount;
            int start = Shape.Offsets.Start(sequence), length = Shape.Offsets.Length(sequence), headColumn = head * Shape.HeadSize;
            if (length == 0)
            {
                return;
            }

            (int firstTile, int endTile) = Chunks.Range(group, Groups, TileCount(length, AttentionTiling.KeyTile));
            BackwardHead at = HeadAt(head, start, length, Scratch + ((long)worker * Tiling.BackwardScratch));
            if (Groups > 1)
            {
                at.Dquery = Partials + ((((long)group * Shape.Offsets.TokenCount) + start) * Shape.Width) + headColumn;
                at.DqueryStride = Shape.Width;
                at.KeepsQueryGradients = false;
            }

            ClearUnreachedQueries(at, firstTile == endTile ? length : FirstReachingQuery(firstTile * AttentionTiling.KeyTile));
            for (int r = 0; r < length; r++)
            {
                at.Deltas[r] = RowArithmetic.Dot(at.Dy + ((long)r * Shape.Width), at.Y + ((long)r * Shape.Width), Shape.HeadSize);
            }

            for (int tile = firstTile; tile < endTile; tile++)
            {
                int keyFirst = tile * AttentionTiling.KeyTile, keys = Math.Min(AttentionTiling.KeyTile, length - keyFirst);
                KeyTileGradients<TVector>(at, keyFirst, keys, at.KeepsQueryGradients || tile > firstTile);
            }
        }

        /// <summary>Gradients of some keys and values, and their share of those of all queries that see them.</summary>
        private readonly void KeyTileGradients<TVector>(in BackwardHead at, int keyFirst, int keys, bool addsToQueries)
            where TVector : struct, IFloatVector<TVector>
        {
            int stride = Shape.Stride, width = Shape.Width, headSize = Shape.HeadSize, panelWidth = 2 * TVector.Width,
                columns = Tiling.KeyColumns;
            float* key = at.Query + width + ((long)keyFirst * stride);
            float* dkey = at.DkeyBase + ((long)keyFirst * stride), dvalue = dkey + width;
            PanelPacking.PackTransposed(key, stride, headSize, keys, (float)Shape.Scale, panelWidth, at.TransposedKeys);
            PanelPacking.PackTransposed(key + width, stride, headSize, keys, 1, panelWidth, at.TransposedValues);
            PanelPacking.Pack(key, stride, keys, headSize, panelWidth, at.Keys);
            int reaching = FirstReachingQuery(keyFirst);
            for (int first = reaching; first < at.Length; first += AttentionTiling.QueryTile)
            {
                int rows = Math.Min(AttentionTiling.QueryTile, at.Length - first);
                float* query = at.Query + ((long)first * stride), dy = at.Dy + ((long)first * width);
                bool addsToKeys = Accumulate || first > reaching;
                PanelProduct.Multiply<TVector>(rows, PanelProduct.RoundUp(keys), headSize, query, stride, 1, at.TransposedKeys, add: false,
                    at.P, columns);
                PanelProduct.Multiply<TVector>(rows, PanelProduct.RoundUp(keys), headSize, dy, width, 1, at.TransposedValues, add: false,
                    at.Dp, columns);
                for (int r = 0; r < rows; r++)
                {
                    int visible = Math.Clamp(Shape.VisibleKeys(first + r, at.Length) - keyFirst, 0, keys);
                    float* p = at.P + ((long)r * columns), dp = at.Dp + ((long)r * columns);
                    ScoreGradients<TVector>(p, dp, visible, at.Lse[first + r], at.Deltas[first + r], (float)Shape.Scale);
                    RowArithmetic.Clear(keys - visible, p + visible);
                    RowArithmetic.Clear(keys - visible, dp + visible);
                }

                PanelPacking.Pack(dy, width, rows, headSize, panelWidth, at.QueryPanels);
                PanelProduct.Multiply<TVector>(keys, headSize, rows, at.P, 1, columns, at.QueryPanels, addsToKeys, dvalue, stride);
                PanelPacking.Pack(query, stride, rows, headSize, panelWidth, at.QueryPanels);
                PanelProduct.Multiply<TVector>(keys, headSize, rows, at.Dp, 1, columns, at.QueryPanels, addsToKeys, dkey, stride);
                PanelProduct.Multiply<TVector>(rows, headSize, keys, at.Dp, columns, 1, at.Keys, addsToQueries,
                    at.Dquery + ((long)first * at.DqueryStride), at.DqueryStride);
            }
        }

        private readonly int FirstReachingQuery(int key) =>
            Shape.IsCausal ? key / AttentionTiling.QueryTile * AttentionTiling.QueryTile : 0;

        private readonly void ClearUnreachedQueries(in BackwardHead at, int reached)
        {
            for (int r = 0; r < reached && !at.KeepsQueryGradients; r++)
            {
                RowArithmetic.Clear(Shape.HeadSize, at.Dquery + ((long)r * at.DqueryStride));
            }
        }

        private readonly BackwardHead HeadAt(int head, int start, int length, float* scratch)
        {
            long row = ((long)start * Shape.Stride) + (head * Shape.HeadSize),
                narrow = ((long)start * Shape.Width) + (head * Shape.HeadSize);
            return new BackwardHead
            {
                Query = Qkv + row, Dquery = Dqkv + row, DqueryStride = Shape.Stride, DkeyBase = Dqkv + row + Shape.Width,
                Dy = Dy + narrow, Y = Y + narrow, Lse = Lse + ((long)head * Shape.Offsets.TokenCount) + start, Length = length,
                KeepsQueryGradients = Accumulate,
                P = AttentionTiling.Take(ref scratch, Tiling.ScoreCount),
                Dp = AttentionTiling.Take(ref scratch, Tiling.ScoreCount),
                TransposedKeys = AttentionTiling.Take(ref scratch, Tiling.TransposedCount),
                TransposedValues = AttentionTiling.Take(ref scratch, Tiling.TransposedCount),
                Keys = AttentionTiling.Take(ref scratch, Tiling.KeyPanelCount),
                QueryPanels = AttentionTiling.Take(ref scratch, Tiling.QueryPanelCount),
                Deltas = scratch,
            };
        }

        /// <summary>p = e^(s - lse) over the scores s, and ds = p (dp - delta) · scale over dp;
        /// whole vectors, so also a little beyond.</summary>
        private static void ScoreGradients<TVector>(float* p, float* dp, int count, float lse, float delta, float scale)
            where TVector : struct, IFloatVector<TVector>
        {
            TVector lses = TVector.Create(lse), deltas = TVector.Create(delta), scales = TVector.Create(scale);
            for (int j = 0; j < count; j += TVector.Width)
            {
                TVector probabilities = VectorMath.Exp(TVector.Load(p + j) - lses);
                probabilities.Store(p + j);
                (probabilities * scales * (TVector.Load(dp + j) - deltas)).Store(dp + j);
            }
        }
    }

    /// <summary>Where one head of one sequence lies, and the worker's scratch. Query gradients go
    /// to dqkv or to a group's own memory.</summary>
    private unsafe struct BackwardHead
    {
        public float* Query, Dquery, DkeyBase, Dy, Y, Lse, P, Dp, TransposedKeys, TransposedValues, Keys, QueryPanels, Deltas;
        public int Length, DqueryStride;
        public bool KeepsQueryGradients;
    }

    /// <summary>One token: its query gradients, summed over the groups in their order.</summary>
    private unsafe struct QuerySumWork : IParallelWork
    {
        public AttentionShape Shape;
        public float* Partials, Dqkv;
        public int Groups;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            float* target = Dqkv + ((long)chunk * Shape.Stride);
            for (int group = 0; group < Groups; group++)
            {
                float* source = Partials + ((((long)group * Shape.Offsets.TokenCount) + chunk) * Shape.Width);
                RowArithmetic.CopyOrAdd(source, Shape.Width, Accumulate || group > 0, target);
            }
        }
    }
}
