namespace Avion.Compute;

public static partial class MeanPooling
{
    private const int ColumnsPerChunk = 256;

    private static unsafe void CpuForward<T>(CpuDevice cpu, Tensor x, SequenceOffsets offsets, Tensor y) where T : unmanaged
    {
        ForwardWork<T> work = new() { X = x.Pointer<T>(), Offsets = offsets, Columns = x.Shape.Columns, Y = y.Pointer<T>() };
        work.BlockCount = (work.Columns + ColumnsPerChunk - 1) / ColumnsPerChunk;
        cpu.Workers.Run(offsets.Count * work.BlockCount, ref work);
    }

    private static unsafe void CpuBackward<T>(CpuDevice cpu, Tensor dy, SequenceOffsets offsets, bool accumulate, Tensor dx)
        where T : unmanaged
    {
        BackwardWork<T> work = new()
        {
            Dy = dy.Pointer<T>(), Offsets = offsets, Columns = dx.Shape.Columns, Accumulate = accumulate, Dx = dx.Pointer<T>(),
        };
        cpu.Workers.Run(offsets.Count, ref work);
    }

    private unsafe struct ForwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* X, Y;
        public SequenceOffsets Offsets;
        public int Columns, BlockCount;

        public readonly void Execute(int chunk, int worker)
        {
            int b = chunk / BlockCount, length = Offsets.Length(b);
            (int first, int end) = Chunks.Range(chunk % BlockCount, BlockCount, Columns);
            float* sums = stackalloc float[ColumnsPerChunk];
            RowArithmetic.Clear(end - first, sums);
            for (int i = 0; i < length; i++)
            {
                RowArithmetic.Add(X + ((long)(Offsets.Start(b) + i) * Columns) + first, sums, end - first, sums);
            }

            T* target = Y + ((long)b * Columns) + first;
            RowArithmetic.Scale(sums, length == 0 ? 0 : 1f / length, end - first, accumulate: false, target);
        }
    }

    private unsafe struct BackwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* Dy, Dx;
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
