using System;

namespace Avion.Compute;

public static partial class PackedAttention
{
    /// <summary>Query rows of a tile.</summary>
    private const int QueryTile = 128;

    /// <summary>Keys of a tile.</summary>
    private const int KeyTile = 1024;

    internal static int ForwardScratchCount(Device device, in AttentionShape shape) => checked(device.WorkerCount * TileCount(shape));

    private static int TileCount(in AttentionShape shape) =>
        Math.Min(QueryTile, shape.Offsets.LongestLength) * Math.Min(KeyTile, shape.Offsets.LongestLength);

    private static int QueryTiles(int length) => (length + QueryTile - 1) / QueryTile;

    internal static unsafe void CpuForward(CpuDevice cpu, in AttentionShape shape, float* qkv, float* scratch, float* y, float* lse)
    {
        ForwardWork work = new() { Matrix = cpu.Matrix, Shape = shape, Qkv = qkv, Scratch = scratch, Y = y, Lse = lse };
        work.TilesPerHead = QueryTiles(shape.Offsets.LongestLength);
        cpu.Workers.Run(shape.Offsets.Count * shape.HeadCount * work.TilesPerHead, ref work);
    }

    /// <summary>One tile of queries of one head of one sequence.</summary>
    private unsafe struct ForwardWork : IParallelWork
    {
        public MatrixLibrary Matrix;
        public AttentionShape Shape;
        public float* Qkv, Scratch, Y, Lse;
        public int TilesPerHead;

        public readonly void Execute(int chunk, int worker)
        {
            int sequence = chunk / (TilesPerHead * Shape.HeadCount), head = chunk / TilesPerHead % Shape.HeadCount;
            int start = Shape.Offsets.Start(sequence), length = Shape.Offsets.Length(sequence);
            int first = chunk % TilesPerHead * QueryTile, end = Math.Min(length, first + QueryTile);
            if (first >= end)
            {
                return;
            }

            int rows = end - first, keysEnd = Shape.VisibleKeys(end - 1, length), headSize = Shape.HeadSize;
            float* query = Qkv + ((long)(start + first) * Shape.Stride) + (head * headSize);
            float* key = Qkv + ((long)start * Shape.Stride) + Shape.Width + (head * headSize), value = key + Shape.Width;
            float* output = Y + ((long)(start + first) * Shape.Width) + (head * headSize);
            float* scores = Scratch + ((long)worker * TileCount(Shape));
            float* largest = stackalloc float[QueryTile], sums = stackalloc float[QueryTile];
            for (int keyFirst = 0; keyFirst < keysEnd; keyFirst += KeyTile)
            {
                int keys = Math.Min(KeyTile, keysEnd - keyFirst);
                Matrix.Multiply(false, true, rows, keys, headSize, (float)Shape.Scale, query, Shape.Stride, key + ((long)keyFirst * Shape.Stride), Shape.Stride,
                    0, scores, keys);
                for (int r = 0; r < rows; r++)
                {
                    int visible = Math.Min(keys, Shape.VisibleKeys(first + r, length) - keyFirst);
                    float factor = SoftmaxRow(scores + ((long)r * keys), visible, keys, keyFirst == 0, largest + r, sums + r);
                    if (factor != 1)
                    {
                        float* row = output + ((long)r * Shape.Width);
                        RowArithmetic.Scale(row, factor, headSize, accumulate: false, row);
                    }
                }

                Matrix.Multiply(false, false, rows, headSize, keys, 1, scores, keys, value + ((long)keyFirst * Shape.Stride), Shape.Stride,
                    keyFirst == 0 ? 0 : 1, output, Shape.Width);
            }

            float* rowLse = Lse + ((long)head * Shape.Offsets.TokenCount) + start + first;
            for (int r = 0; r < rows; r++)
            {
                float* row = output + ((long)r * Shape.Width);
                RowArithmetic.Scale(row, 1 / sums[r], headSize, accumulate: false, row);
                rowLse[r] = largest[r] + MathF.Log(sums[r]);
            }
        }

        /// <summary>Turns a row of scores into exponentials below the running maximum; returns the factor for what was summed before.</summary>
        private static float SoftmaxRow(float* row, int visible, int keys, bool isFirst, float* largest, float* sum)
        {
            RowArithmetic.Clear(keys - Math.Max(0, visible), row + Math.Max(0, visible));
            if (visible <= 0)
            {
                return 1;
            }

            float rowLargest = RowSoftmax.Max(row, visible);
            if (isFirst)
            {
                *largest = rowLargest;
                *sum = RowSoftmax.ExpMinus(row, visible, rowLargest);
                return 1;
            }

            float before = *largest;
            *largest = MathF.Max(before, rowLargest);
            float factor = MathF.Exp(before - *largest);
            *sum = (*sum * factor) + RowSoftmax.ExpMinus(row, visible, *largest);
            return factor;
        }
    }
}
