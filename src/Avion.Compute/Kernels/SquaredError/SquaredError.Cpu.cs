namespace Avion.Compute;

public static partial class SquaredError
{
    private static int ChunkCount(long count) => checked((int)((count + ElementsPerChunk - 1) / ElementsPerChunk));

    private static unsafe void CpuForward<T>(CpuDevice cpu, Tensor x, Tensor target, Tensor loss) where T : unmanaged
    {
        long count = x.Count;
        int chunks = ChunkCount(count);
        using ScratchLease scratch = cpu.Scratch.Take(chunks);
        float* partials = scratch.Floats;
        ForwardWork<T> work = new() { X = x.Pointer<T>(), Target = target.Pointer<T>(), Count = count, Partials = partials };
        cpu.Workers.Run(chunks, ref work);
        double sum = 0;
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            sum += partials[chunk];
        }

        *loss.Pointer<float>() = count == 0 ? 0 : (float)(sum / count);
    }

    private static unsafe void CpuBackward<T>(CpuDevice cpu, Tensor dloss, Tensor x, Tensor target, bool accumulate, Tensor dx)
        where T : unmanaged
    {
        BackwardWork<T> work = new()
        {
            X = x.Pointer<T>(), Target = target.Pointer<T>(), Count = x.Count, Factor = 2 * *dloss.Pointer<float>() / x.Count,
            Accumulate = accumulate, Dx = dx.Pointer<T>(),
        };
        cpu.Workers.Run(ChunkCount(x.Count), ref work);
    }

    private unsafe struct ForwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* X, Target;
        public float* Partials;
        public long Count;

        public readonly void Execute(int chunk, int worker)
        {
            long end = Math.Min(Count, (chunk + 1L) * ElementsPerChunk);
            double sum = 0;
            for (long i = (long)chunk * ElementsPerChunk; i < end; i++)
            {
                double difference = Element.Number(X[i]) - Element.Number(Target[i]);
                sum += difference * difference;
            }

            Partials[chunk] = (float)sum;
        }
    }

    private unsafe struct BackwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* X, Target, Dx;
        public long Count;
        public float Factor;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            long end = Math.Min(Count, (chunk + 1L) * ElementsPerChunk);
            for (long i = (long)chunk * ElementsPerChunk; i < end; i++)
            {
                float value = Factor * (Element.Number(X[i]) - Element.Number(Target[i]));
                Dx[i] = Element.Of<T>(Accumulate ? Element.Number(Dx[i]) + value : value);
            }
        }
    }
}
