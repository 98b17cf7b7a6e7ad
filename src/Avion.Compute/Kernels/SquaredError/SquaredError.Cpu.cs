namespace Avion.Compute;

public static partial class SquaredError
{
    private static int ChunkCount(long count) => checked((int)((count + ElementsPerChunk - 1) / ElementsPerChunk));

    internal static unsafe void CpuForward(CpuDevice cpu, float* x, float* target, long count, float* loss)
    {
        int chunks = ChunkCount(count);
        using ScratchLease scratch = cpu.Scratch.Take(chunks);
        float* partials = scratch.Floats;
        ForwardWork work = new() { X = x, Target = target, Count = count, Partials = partials };
        cpu.Workers.Run(chunks, ref work);
        double sum = 0;
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            sum += partials[chunk];
        }

        *loss = count == 0 ? 0 : (float)(sum / count);
    }

    internal static unsafe void CpuBackward(WorkerPool workers, float dloss, float* x, float* target, long count,
        bool accumulate, float* dx)
    {
        BackwardWork work = new() { X = x, Target = target, Count = count, Factor = 2 * dloss / count, Accumulate = accumulate, Dx = dx };
        workers.Run(ChunkCount(count), ref work);
    }

    private unsafe struct ForwardWork : IParallelWork
    {
        public float* X, Target, Partials;
        public long Count;

        public readonly void Execute(int chunk, int worker)
        {
            long end = Math.Min(Count, (chunk + 1L) * ElementsPerChunk);
            double sum = 0;
            for (long i = (long)chunk * ElementsPerChunk; i < end; i++)
            {
                double difference = X[i] - Target[i];
                sum += difference * difference;
            }

            Partials[chunk] = (float)sum;
        }
    }

    private unsafe struct BackwardWork : IParallelWork
    {
        public float* X, Target, Dx;
        public long Count;
        public float Factor;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            long end = Math.Min(Count, (chunk + 1L) * ElementsPerChunk);
            for (long i = (long)chunk * ElementsPerChunk; i < end; i++)
            {
                float value = Factor * (X[i] - Target[i]);
                Dx[i] = Accumulate ? Dx[i] + value : value;
            }
        }
    }
}
