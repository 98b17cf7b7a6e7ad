namespace Avion.Compute;

public static partial class PackedAttention
{
    // Few heads are cut into groups of query tiles until there is this much parallel work, each group laying out the keys again.
    private const int WantedForwardChunks = 32;

    private const float HiddenScore = -1e30f;

    internal static unsafe void CpuForward(CpuDevice cpu, in AttentionShape shape, float* qkv, float* y, float* lse)
    {
        int heads = shape.Offsets.Count * shape.HeadCount;
        AttentionTiling tiling = new(shape);
        using ScratchLease scratch = cpu.Scratch.Take((long)cpu.Workers.WorkerCount * tiling.ForwardScratch);
        ForwardWork work = new() { Shape = shape, Tiling = tiling, Qkv = qkv, Scratch = scratch.Floats, Y = y, Lse = lse };
        work.Groups = Math.Clamp(WantedForwardChunks / Math.Max(1, heads), 1,
            Math.Max(1, TileCount(shape.Offsets.LongestLength, AttentionTiling.QueryTile)));
        cpu.Workers.RunAtWidth(heads * work.Groups, work);
    }

    private static int TileCount(int length, int tile) => (length + tile - 1) / tile;

    /// <summary>A group of query tiles of one head of one sequence.</summary>
    private unsafe struct ForwardWork : IVectorWork
    {
        public AttentionShape Shape;
        public AttentionTiling Tiling;
        public float* Qkv, Scratch, Y, Lse;
        public int Groups;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            int head = chunk / Groups % Shape.HeadCount, sequence = chunk / Groups / Shape.HeadCount;
            int start = Shape.Offsets.Start(sequence), length = Shape.Offsets.Length(sequence);
            (int firstTile, int endTile) = Chunks.Range(chunk % Groups, Groups, TileCount(length, AttentionTiling.QueryTile));
            int first = firstTile * AttentionTiling.QueryTile, end = Math.Min(length, endTile * AttentionTiling.QueryTile);
            if (first >= end)
            {
                return;
            }

            float* scratch = Scratch + ((long)worker * Tiling.ForwardScratch);
            ForwardHead at = new()
            {
                Query = Qkv + ((long)start * Shape.Stride) + (head * Shape.HeadSize),
                Output = Y + ((long)start * Shape.Width) + (head * Shape.HeadSize),
                Largest = Lse + ((long)head * Shape.Offsets.TokenCount) + start,
                Scores = AttentionTiling.Take(ref scratch, Tiling.ScoreCount),
                KeyPanels = AttentionTiling.Take(ref scratch, Tiling.TransposedCount),
                ValuePanels = AttentionTiling.Take(ref scratch, Tiling.KeyPanelCount),
                Sums = scratch, Length = length,
            };
            int reachedKeys = Shape.VisibleKeys(end - 1, length), panelWidth = 2 * TVector.Width;
            for (int keyFirst = 0; keyFirst < reachedKeys; keyFirst += AttentionTiling.KeyTile)
            {
                int keys = Math.Min(AttentionTiling.KeyTile, reachedKeys - keyFirst);
                float* key = at.Query + Shape.Width + ((long)keyFirst * Shape.Stride), value = key + Shape.Width;
                PanelPacking.PackTransposed(key, Shape.Stride, Shape.HeadSize, keys, (float)Shape.Scale, panelWidth, at.KeyPanels);
                PanelPacking.Pack(value, Shape.Stride, keys, Shape.HeadSize, panelWidth, at.ValuePanels);
                int reaching = Shape.IsCausal ? Math.Max(first, keyFirst / AttentionTiling.QueryTile * AttentionTiling.QueryTile) : first;
                for (int query = reaching; query < end; query += AttentionTiling.QueryTile)
                {
                    Tile<TVector>(at, query, Math.Min(end, query + AttentionTiling.QueryTile), keyFirst, keys);
                }
            }

            for (int r = first; r < end; r++)
            {
                float* row = at.Output + ((long)r * Shape.Width);
                RowArithmetic.Scale(row, 1 / at.Sums[r], Shape.HeadSize, accumulate: false, row);
                at.Largest[r] += MathF.Log(at.Sums[r]);
            }
        }

        /// <summary>Scores of some queries and keys, their exponentials, and the values these weigh.</summary>
        private readonly void Tile<TVector>(in ForwardHead at, int first, int end, int keyFirst, int keys)
            where TVector : struct, IFloatVector<TVector>
        {
            float* query = at.Query + ((long)first * Shape.Stride), output = at.Output + ((long)first * Shape.Width);
            int columns = Tiling.KeyColumns;
            PanelProduct.Multiply<TVector>(end - first, PanelProduct.RoundUp(keys), Shape.HeadSize, query, Shape.Stride, 1, at.KeyPanels,
                add: false, at.Scores, columns);
            for (int r = first; r < end; r++)
            {
                int visible = Math.Clamp(Shape.VisibleKeys(r, at.Length) - keyFirst, 0, keys);
                float* row = at.Scores + ((long)(r - first) * columns);
                if (visible > 0)
                {
                    SoftmaxRow<TVector>(row, visible, keyFirst == 0, at.Largest + r, at.Sums + r, at.Output + ((long)r * Shape.Width));
                }

                RowArithmetic.Clear(keys - visible, row + visible);
            }

            PanelProduct.Multiply<TVector>(end - first, Shape.HeadSize, keys, at.Scores, columns, 1, at.ValuePanels, add: keyFirst > 0,
                output, Shape.Width);
        }

        /// <summary>Turns scores into exponentials below the running maximum; when that rises, what was summed before shrinks.</summary>
        private readonly void SoftmaxRow<TVector>(float* row, int visible, bool isFirst, float* largest, float* sum, float* output)
            where TVector : struct, IFloatVector<TVector>
        {
            // Whole vectors only: what fills the last one is so small that it never is the largest and adds nothing to a sum of at least 1.
            int padded = (visible + TVector.Width - 1) / TVector.Width * TVector.Width;
            new Span<float>(row + visible, padded - visible).Fill(HiddenScore);
            float rowLargest = RowSoftmax.Max<TVector, float>(row, padded);
            if (isFirst)
            {
                *largest = rowLargest;
                *sum = RowSoftmax.ExpMinus<TVector>(row, padded, rowLargest);
                return;
            }

            if (rowLargest > *largest)
            {
                float factor = MathF.Exp(*largest - rowLargest);
                RowArithmetic.Scale(output, factor, Shape.HeadSize, accumulate: false, output);
                *sum *= factor;
                *largest = rowLargest;
            }

            *sum += RowSoftmax.ExpMinus<TVector>(row, padded, *largest);
        }
    }

    /// <summary>Where one head of one sequence lies, and the worker's scratch. The memory of lse
    /// holds the running maximum until the end.</summary>
    private unsafe struct ForwardHead
    {
        public float* Query, Output, Largest, Scores, KeyPanels, ValuePanels, Sums;
        public int Length;
    }
}
