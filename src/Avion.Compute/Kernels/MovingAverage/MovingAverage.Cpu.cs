namespace Avion.Compute;

public static partial class MovingAverage
{
    internal static unsafe void CpuStep(WorkerPool workers, float* values, float* average, long count, double decay) =>
        Elementwise.Run(workers, count, new Work { Values = values, Average = average, Share = (float)(1 - decay) });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Move<TVector>(float* value, float share, float* average) where TVector : struct, IFloatVector<TVector>
    {
        TVector old = TVector.Load(average);
        TVector.MultiplyAdd(TVector.Create(share), TVector.Load(value) - old, old).Store(average);
    }

    private unsafe struct Work : IElementwiseWork
    {
        public float* Values, Average;
        public float Share;

        public readonly void Execute<TVector>(long first, long count) where TVector : struct, IFloatVector<TVector>
        {
            long i = first;
            for (; i <= first + count - TVector.Width; i += TVector.Width)
            {
                Move<TVector>(Values + i, Share, Average + i);
            }

            for (; i < first + count; i++)
            {
                Move<FloatScalar>(Values + i, Share, Average + i);
            }
        }
    }
}
