namespace Avion.Compute;

public static partial class Positions
{
    private const int PositionsPerChunk = 4;

    private static unsafe void CpuForward<T>(CpuDevice cpu, Tensor x, Tensor positions, SequenceOffsets offsets, Tensor y)
        where T : unmanaged
    {
        ForwardWork<T> work = new()
        {
            X = x.Pointer<T>(), Positions = positions.Pointer<T>(), Offsets = offsets, Columns = x.Shape.Columns, Y = y.Pointer<T>(),
        };
        cpu.Workers.Run(offsets.Count, ref work);
    }

    private static unsafe void CpuBackward<T>(CpuDevice cpu, Tensor dy, SequenceOffsets offsets, Tensor dpositions) where T : unmanaged
    {
        BackwardWork<T> work = new()
        {
            Dy = dy.Pointer<T>(), Offsets = offsets, Columns = dy.Shape.Columns, Dpositions = dpositions.Pointer<float>(),
        };
        work.ChunkCount = (offsets.LongestLength + PositionsPerChunk - 1) / PositionsPerChunk;
        cpu.Workers.Run(work.ChunkCount, ref work);
    }

    private unsafe struct ForwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* X, Positions, Y;
        public SequenceOffsets Offsets;
        public int Columns;

        public readonly void Execute(int chunk, int worker)
        {
            for (int i = 0; i < Offsets.Length(chunk); i++)
            {
                long row = (long)(Offsets.Start(chunk) + i) * Columns;
                RowArithmetic.Add(X + row, Positions + ((long)i * Columns), Columns, Y + row);
            }
        }
    }

    private unsafe struct BackwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* Dy;
        public float* Dpositions;
        public SequenceOffsets Offsets;
        public int Columns, ChunkCount;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Offsets.LongestLength);
            for (int i = first; i < end; i++)
            {
                float* target = Dpositions + ((long)i * Columns);
                for (int b = 0; b < Offsets.Count; b++)
                {
                    if (i < Offsets.Length(b))
                    {
                        RowArithmetic.Add(Dy + ((long)(Offsets.Start(b) + i) * Columns), target, Columns, target);
                    }
                }
            }
        }
    }
}
