namespace Avion.Compute;

public static partial class Positions
{
    private const int PositionsPerChunk = 4;

    internal static unsafe void CpuForward(WorkerPool workers, float* x, float* positions, SequenceOffsets offsets, int columns, float* y)
    {
        ForwardWork work = new() { X = x, Positions = positions, Offsets = offsets, Columns = columns, Y = y };
        workers.Run(offsets.Count, ref work);
    }

    internal static unsafe void CpuBackward(WorkerPool workers, float* dy, SequenceOffsets offsets, int columns, float* dpositions)
    {
        BackwardWork work = new() { Dy = dy, Offsets = offsets, Columns = columns, Dpositions = dpositions };
        work.ChunkCount = (offsets.LongestLength + PositionsPerChunk - 1) / PositionsPerChunk;
        workers.Run(work.ChunkCount, ref work);
    }

    private unsafe struct ForwardWork : IParallelWork
    {
        public float* X, Positions, Y;
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

    private unsafe struct BackwardWork : IParallelWork
    {
        public float* Dy, Dpositions;
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
