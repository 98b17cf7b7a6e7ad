using System;

namespace Avion.Compute;

public static partial class PackedAttention
{
    // Few long sequences give few heads: their queries are then cut into this many groups in all, each with key gradients of its own.
    private const int WantedGroups = 16;

    internal static int BackwardScratchCount(Device device, in AttentionShape shape)
    {
        int groups = GroupsPerHead(shape);
        int partials = groups == 1 ? 0 : checked(groups * shape.Offsets.TokenCount * 2 * shape.Width);
        return checked((device.WorkerCount * 2 * TileCount(shape)) + partials);
    }

    internal static unsafe void CpuBackward(CpuDevice cpu, in AttentionShape shape, float* dy, float* qkv, float* y, float* lse, float* scratch,
        bool accumulate, float* dqkv)
    {
        int groups = GroupsPerHead(shape), heads = shape.Offsets.Count * shape.HeadCount;
        BackwardWork work = new()
        {
            Matrix = cpu.Matrix, Shape = shape, Dy = dy, Qkv = qkv, Y = y, Lse = lse, Scratch = scratch, Accumulate = accumulate, Dqkv = dqkv,
            Groups = groups, Partials = scratch + ((long)cpu.WorkerCount * 2 * TileCount(shape)),
        };
        cpu.Workers.Run(heads * groups, ref work);
        if (groups > 1)
        {
            PartialSumWork sum = new() { Shape = shape, Partials = work.Partials, Groups = groups, Accumulate = accumulate, Dqkv = dqkv };
            cpu.Workers.Run(shape.Offsets.TokenCount, ref sum);
        }
    }

    /// <summary>Groups of query tiles of one head; 1 if the heads alone are enough parallel work.</summary>
    private static int GroupsPerHead(in AttentionShape shape)
    {
        int heads = Math.Max(1, shape.Offsets.Count * shape.HeadCount);
        return Math.Clamp(WantedGroups / heads, 1, Math.Max(1, QueryTiles(shape.Offsets.LongestLength)));
    }

    /// <summary>The query tiles of one group of one head of one sequence.</summary>
    private unsafe struct BackwardWork : IParallelWork
    {
        public MatrixLibrary Matrix;
        public AttentionShape Shape;
        public float* Dy, Qkv, Y, Lse, Scratch, Dqkv, Partials;
        public int Groups;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            int group = chunk % Groups, head = chunk / Groups % Shape.HeadCount, sequence = chunk / Groups / Shape.HeadCount;
            int start = Shape.Offsets.Start(sequence), length = Shape.Offsets.Length(sequence);
            long headColumn = head * Shape.HeadSize, firstRow = ((long)start * Shape.Stride) + headColumn;
            Head at = new()
            {
                Query = Qkv + firstRow, Dquery = Dqkv + firstRow, Start = start, Length = length,
                Dy = Dy + ((long)start * Shape.Width) + headColumn, Y = Y + ((long)start * Shape.Width) + headColumn,
                Lse = Lse + ((long)head * Shape.Offsets.TokenCount) + start,
                Dkey = Dqkv + firstRow + Shape.Width, KeyGradientStride = Shape.Stride, KeepsKeyGradients = Accumulate,
                P = Scratch + ((long)worker * 2 * TileCount(Shape)),
            };
            at.Dp = at.P + TileCount(Shape);
            if (Groups > 1)
            {
                long groupRows = (long)group * Shape.Offsets.TokenCount;
                at.Dkey = Partials + ((groupRows + start) * 2 * Shape.Width) + headColumn;
                at.KeyGradientStride = 2 * Shape.Width;
                at.KeepsKeyGradients = false;
            }

            // From the last tile to the first: under a causal mask the last one of the group reaches all keys that the others reach.
            (int firstTile, int endTile) = Chunks.Range(group, Groups, QueryTiles(length));
            int reached = firstTile == endTile ? 0 : Shape.VisibleKeys(Math.Min(length, endTile * QueryTile) - 1, length);
            ClearUnreachedKeys(at, reached);
            for (int tile = endTile - 1; tile >= firstTile; tile--)
            {
                TileGradients(at, tile * QueryTile, Math.Min(length, (tile + 1) * QueryTile), at.KeepsKeyGradients || tile != endTile - 1);
            }
        }

        private readonly void TileGradients(in Head at, int first, int end, bool addsToKeys)
        {
            int rows = end - first, stride = Shape.Stride, width = Shape.Width, headSize = Shape.HeadSize, keysEnd = Shape.VisibleKeys(end - 1, at.Length);
            float* query = at.Query + ((long)first * stride), dquery = at.Dquery + ((long)first * stride);
            float* dy = at.Dy + ((long)first * width), y = at.Y + ((long)first * width);
            float* delta = stackalloc float[QueryTile];
            for (int r = 0; r < rows; r++)
            {
                delta[r] = RowArithmetic.Dot(dy + ((long)r * width), y + ((long)r * width), headSize);
            }

            for (int keyFirst = 0; keyFirst < keysEnd; keyFirst += KeyTile)
            {
                int keys = Math.Min(KeyTile, keysEnd - keyFirst);
                float* key = at.Query + width + ((long)keyFirst * stride), value = key + width;
                float* dkey = at.Dkey + ((long)keyFirst * at.KeyGradientStride), dvalue = dkey + width;
                float beta = addsToKeys ? 1 : 0;
                Matrix.Multiply(false, true, rows, keys, headSize, (float)Shape.Scale, query, stride, key, stride, 0, at.P, keys);
                Matrix.Multiply(false, true, rows, keys, headSize, 1, dy, width, value, stride, 0, at.Dp, keys);
                for (int r = 0; r < rows; r++)
                {
                    float* p = at.P + ((long)r * keys), dp = at.Dp + ((long)r * keys);
                    int visible = Math.Clamp(Shape.VisibleKeys(first + r, at.Length) - keyFirst, 0, keys);
                    AttentionRow.ScoreGradients(p, dp, visible, at.Lse[first + r], delta[r], (float)Shape.Scale);
                    RowArithmetic.Clear(keys - visible, p + visible);
                    RowArithmetic.Clear(keys - visible, dp + visible);
                }

                Matrix.Multiply(true, false, keys, headSize, rows, 1, at.P, keys, dy, width, beta, dvalue, at.KeyGradientStride);
                Matrix.Multiply(true, false, keys, headSize, rows, 1, at.Dp, keys, query, stride, beta, dkey, at.KeyGradientStride);
                Matrix.Multiply(false, false, rows, headSize, keys, 1, at.Dp, keys, key, stride, Accumulate || keyFirst > 0 ? 1 : 0, dquery, stride);
            }
        }

        private readonly void ClearUnreachedKeys(in Head at, int reached)
        {
            for (int j = reached; j < at.Length && !at.KeepsKeyGradients; j++)
            {
                float* dkey = at.Dkey + ((long)j * at.KeyGradientStride);
                RowArithmetic.Clear(Shape.HeadSize, dkey);
                RowArithmetic.Clear(Shape.HeadSize, dkey + Shape.Width);
            }
        }
    }

    /// <summary>Where one head of one sequence lies; key gradients go to dqkv or to a group's own memory.</summary>
    private unsafe struct Head
    {
        public float* Query, Dquery, Dy, Y, Lse, Dkey, P, Dp;
        public int Start, Length, KeyGradientStride;
        public bool KeepsKeyGradients;
    }

    /// <summary>One token: its key and value gradients, summed over the groups in their order.</summary>
    private unsafe struct PartialSumWork : IParallelWork
    {
        public AttentionShape Shape;
        public float* Partials, Dqkv;
        public int Groups;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            int count = 2 * Shape.Width;
            float* target = Dqkv + ((long)chunk * Shape.Stride) + Shape.Width;
            for (int group = 0; group < Groups; group++)
            {
                float* source = Partials + ((((long)group * Shape.Offsets.TokenCount) + chunk) * count);
                RowArithmetic.CopyOrAdd(source, count, Accumulate || group > 0, target);
            }
        }
    }
}
