namespace Avion.Compute;

public static partial class MeanPooling
{
    private const int ColumnsPerChunk = 256;

    internal static unsafe void CpuForward(WorkerPool workers, float* x, SequenceOffsets offsets, int columns, float* y)
    {
        ForwardWork work = new() { X = x, Offsets = offsets, Columns = columns, Y = y };
        work.BlockCount = (columns + ColumnsPerChunk - 1) / ColumnsPerChunk;
        workers.Run(offsets.Count * work.BlockCount, ref work);
    }

    internal static unsafe void CpuBackward(WorkerPool workers, float* dy, SequenceOffsets offsets, int columns, bool accumulate, float* dx)
    {
        BackwardWork work = new() { Dy = dy, Offsets = offsets, Columns = columns, Accumulate = accumulate, Dx = dx };
        workers.Run(offsets.Count, ref work);
    }

    private unsafe struct ForwardWork : IParallelWork
    {
        public float* X, Y;
        public SequenceOffsets Offsets;
        public int Columns, BlockCount;

        public readonly void Execute(int chunk, int worker)
        {
            int b = chunk / BlockCount, length = Offsets.Length(b);
            (int first, int end) = Chunks.Range(chunk % BlockCount, BlockCount, Columns);
            float* target = Y + ((long)b * Columns) + first;
            RowArithmetic.Clear(end - first, target);
            for (int i = 0; i < length; i++)
            {
                RowArithmetic.Add(X + ((long)(Offsets.Start(b) + i) * Columns) + first, target, end - first, target);
            }

            RowArithmetic.Scale(target, length == 0 ? 0 : 1f / length, end - first, accumulate: false, target);
        }
    }

    private unsafe struct BackwardWork : IParallelWork
    {
        public float* Dy, Dx;
        public SequenceOffsets Offsets;
        public int Columns;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            int length = Offsets.Length(chunk);
            for (int i = 0; i < length; i++)
            {
                RowArithmetic.Scale(Dy + ((long)chunk * Columns), 1f / length, Columns, Accumulate,
                    Dx + ((long)(Offsets.Start(chunk) + i) * Columns));
            }
        }
    }
}
