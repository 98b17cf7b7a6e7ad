using System;

namespace Avion.Compute;

public static partial class Add
{
    // Large enough that a chunk outweighs handing it out, small enough to share a residual stream between all cores.
    private const int ChunkElements = 16 * 1024;

    internal static unsafe void CpuForward(WorkerPool workers, float* a, float* b, long count, float* y)
    {
        Work work = new() { A = a, B = b, Count = count, Y = y };
        workers.Run((int)((count + ChunkElements - 1) / ChunkElements), ref work);
    }

    internal static unsafe void Range<TVector>(float* a, float* b, long count, float* y) where TVector : struct, IFloatVector<TVector>
    {
        long i = 0;
        for (; i <= count - TVector.Width; i += TVector.Width)
        {
            (TVector.Load(a + i) + TVector.Load(b + i)).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] = a[i] + b[i];
        }
    }

    private unsafe struct Work : IParallelWork
    {
        public float* A, B, Y;
        public long Count;

        public readonly void Execute(int chunk, int worker)
        {
            long start = (long)chunk * ChunkElements;
            long count = Math.Min(ChunkElements, Count - start);
            switch (VectorWidth.Bits)
            {
                case 512: Range<FloatVector512>(A + start, B + start, count, Y + start); break;
                case 256: Range<FloatVector256>(A + start, B + start, count, Y + start); break;
                case 128: Range<FloatVector128>(A + start, B + start, count, Y + start); break;
                default: Range<FloatScalar>(A + start, B + start, count, Y + start); break;
            }
        }
    }
}
