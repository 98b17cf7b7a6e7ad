using System;

namespace Avion.Compute;

public static partial class Dropout
{
    internal static unsafe void CpuApply(WorkerPool workers, float* x, int rows, int columns, SequenceOffsets? offsets, float rate, DropKey key,
        bool accumulate, float* y)
    {
        if (offsets is { } sequences)
        {
            SequenceWork work = new()
            {
                X = x, Y = y, Columns = columns, Offsets = sequences, Rate = rate, Key = key, Accumulate = accumulate,
            };
            workers.Run(sequences.Count, ref work);
        }
        else
        {
            ElementWork work = new()
            {
                X = x, Y = y, Rows = rows, Columns = columns, ChunkCount = RowChunks.Count(rows), Rate = rate, Key = key, Accumulate = accumulate,
            };
            workers.Run(work.ChunkCount, ref work);
        }
    }

    private unsafe struct SequenceWork : IParallelWork
    {
        public float* X, Y;
        public int Columns;
        public SequenceOffsets Offsets;
        public float Rate;
        public DropKey Key;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            float factor = Key.Uniform(chunk) < Rate ? 0 : 1 / (1 - Rate);
            for (int n = Offsets.Start(chunk); n < Offsets.Start(chunk) + Offsets.Length(chunk); n++)
            {
                long row = (long)n * Columns;
                RowArithmetic.Scale(X + row, factor, Columns, Accumulate, Y + row);
            }
        }
    }

    private unsafe struct ElementWork : IParallelWork
    {
        public float* X, Y;
        public int Rows, Columns, ChunkCount;
        public float Rate;
        public DropKey Key;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Rows);
            long at = (long)first * Columns, last = (long)end * Columns;
            float kept = 1 / (1 - Rate);
            Span<float> uniforms = stackalloc float[4];
            while (at < last)
            {
                // One block of the generator gives four numbers; a chunk may begin and end within one.
                Key.Uniforms(at >> 2, uniforms);
                for (int lane = (int)(at & 3); lane < 4 && at < last; lane++, at++)
                {
                    float value = uniforms[lane] < Rate ? 0 : X[at] * kept;
                    Y[at] = Accumulate ? Y[at] + value : value;
                }
            }
        }
    }
}
