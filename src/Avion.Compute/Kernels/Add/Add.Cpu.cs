namespace Avion.Compute;

public static partial class Add
{
    internal static unsafe void CpuForward(WorkerPool workers, float* a, float* b, long count, float* y) =>
        Elementwise.Run(workers, count, new Work { A = a, B = b, Y = y });

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

    private unsafe struct Work : IElementwiseWork
    {
        public float* A, B, Y;

        public readonly void Execute<TVector>(long first, long count) where TVector : struct, IFloatVector<TVector> =>
            Range<TVector>(A + first, B + first, count, Y + first);
    }
}
