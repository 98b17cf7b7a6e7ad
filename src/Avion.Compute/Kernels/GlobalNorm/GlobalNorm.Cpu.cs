namespace Avion.Compute;

public static partial class GlobalNorm
{
    private const int BlockElements = 4096;
    private const int MaximumChunks = 256;

    internal static unsafe double CpuSumOfSquares(WorkerPool workers, float* x, long count)
    {
        // Whole blocks a chunk, so that the number of chunks changes how blocks are grouped but not how they are cut.
        long blocks = (count + BlockElements - 1) / BlockElements;
        int chunkCount = (int)Math.Min(MaximumChunks, blocks);
        double* sums = stackalloc double[MaximumChunks];
        Work work = new() { X = x, Count = count, BlockCount = blocks, ChunkCount = chunkCount, Sums = sums };
        workers.Run(chunkCount, ref work);
        double total = 0;
        for (int chunk = 0; chunk < chunkCount; chunk++)
        {
            total += sums[chunk];
        }

        return total;
    }

    private static unsafe float Block<TVector>(float* x, int count) where TVector : struct, IFloatVector<TVector>
    {
        // Four sums, because one would wait for its own addition each time.
        TVector s0 = TVector.Zero, s1 = s0, s2 = s0, s3 = s0;
        int i = 0;
        for (; i <= count - (4 * TVector.Width); i += 4 * TVector.Width)
        {
            TVector x0 = TVector.Load(x + i), x1 = TVector.Load(x + i + TVector.Width);
            TVector x2 = TVector.Load(x + i + (2 * TVector.Width)), x3 = TVector.Load(x + i + (3 * TVector.Width));
            s0 = TVector.MultiplyAdd(x0, x0, s0);
            s1 = TVector.MultiplyAdd(x1, x1, s1);
            s2 = TVector.MultiplyAdd(x2, x2, s2);
            s3 = TVector.MultiplyAdd(x3, x3, s3);
        }

        float sum = (s0 + s1 + (s2 + s3)).Sum();
        for (; i < count; i++)
        {
            sum += x[i] * x[i];
        }

        return sum;
    }

    private unsafe struct Work : IParallelWork
    {
        public float* X;
        public double* Sums;
        public long Count, BlockCount;
        public int ChunkCount;

        public readonly void Execute(int chunk, int worker)
        {
            double sum = 0;
            for (long block = BlockCount * chunk / ChunkCount; block < BlockCount * (chunk + 1) / ChunkCount; block++)
            {
                long start = block * BlockElements;
                int count = (int)Math.Min(BlockElements, Count - start);
                sum += VectorWidth.Bits switch
                {
                    512 => Block<FloatVector512>(X + start, count),
                    256 => Block<FloatVector256>(X + start, count),
                    128 => Block<FloatVector128>(X + start, count),
                    _ => Block<FloatScalar>(X + start, count),
                };
            }

            Sums[chunk] = sum;
        }
    }
}
