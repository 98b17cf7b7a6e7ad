using System;

namespace Avion.Compute;

public static partial class Sgd
{
    internal static unsafe void CpuStep(WorkerPool workers, float* values, float* gradients, float* velocity, long flatCount,
        ReadOnlySpan<UpdateRange> ranges, in SgdSettings settings) =>
        FlatUpdate.Run(workers, ranges, flatCount, new Rule
        {
            Values = values, Gradients = gradients, Velocity = velocity, Momentum = (float)settings.Momentum,
            GradientScale = (float)settings.GradientScale,
        });

    private unsafe struct Rule : IUpdateRule
    {
        public float* Values, Gradients, Velocity;
        public float Momentum, GradientScale;

        public readonly void Apply(long first, int count, float learningRate, float weightDecay)
        {
            switch (VectorWidth.Bits)
            {
                case 512: Apply<FloatVector512>(first, count, learningRate, weightDecay); break;
                case 256: Apply<FloatVector256>(first, count, learningRate, weightDecay); break;
                case 128: Apply<FloatVector128>(first, count, learningRate, weightDecay); break;
                default: Apply<FloatScalar>(first, count, learningRate, weightDecay); break;
            }
        }

        private readonly void Apply<TVector>(long first, int count, float rate, float decay) where TVector : struct, IFloatVector<TVector>
        {
            long i = first, end = first + count;
            for (; i <= end - TVector.Width; i += TVector.Width)
            {
                Element<TVector>(i, rate, decay);
            }

            for (; i < end; i++)
            {
                Element<FloatScalar>(i, rate, decay);
            }
        }

        private readonly void Element<TVector>(long i, float rate, float decay) where TVector : struct, IFloatVector<TVector>
        {
            TVector p = TVector.Load(Values + i);
            TVector g = TVector.MultiplyAdd(TVector.Create(decay), p, TVector.Load(Gradients + i) * TVector.Create(GradientScale));
            TVector velocity = TVector.MultiplyAdd(TVector.Create(Momentum), TVector.Load(Velocity + i), g);
            velocity.Store(Velocity + i);
            (p - (TVector.Create(rate) * velocity)).Store(Values + i);
        }
    }
}
