using System.Runtime.CompilerServices;

namespace Avion.Compute;

public static partial class MovingAverage
{
    internal static unsafe void CpuStep(WorkerPool workers, float* values, float* average, long count, double decay) =>
        FlatUpdate.Run(workers, [new UpdateRange(0, count, LearningRate: (float)(1 - decay), WeightDecay: 0)], count,
            new Rule { Values = values, Average = average });

    private unsafe struct Rule : IUpdateRule
    {
        public float* Values, Average;

        public readonly (float First, float Second) Factors(float learningRate, float weightDecay) => (learningRate, 0);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Update<TVector>(long i, float share, float unused) where TVector : struct, IFloatVector<TVector>
        {
            TVector average = TVector.Load(Average + i);
            TVector.MultiplyAdd(TVector.Create(share), TVector.Load(Values + i) - average, average).Store(Average + i);
        }
    }
}
