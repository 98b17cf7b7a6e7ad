namespace Avion.Compute;

public static partial class Sgd
{
    private static unsafe Rule CpuRule(Tensor values, Tensor gradients, Tensor velocity, in SgdSettings settings) => new()
    {
        Values = (float*)values.Data, Gradients = (float*)gradients.Data, Velocity = (float*)velocity.Data,
        Momentum = (float)settings.Momentum,
    };

    private unsafe struct Rule : IUpdateRule
    {
        public float* Values, Gradients, Velocity;
        public float Momentum, GradientScale;

        public void Begin(in StepScalars step) => GradientScale = (float)step.GradientScale;

        public readonly (float First, float Second) Factors(float learningRate, float weightDecay) => (learningRate, weightDecay);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Update<TVector>(long i, float rate, float decay) where TVector : struct, IFloatVector<TVector>
        {
            TVector p = TVector.Load(Values + i);
            TVector g = TVector.MultiplyAdd(TVector.Create(decay), p, TVector.Load(Gradients + i) * TVector.Create(GradientScale));
            TVector velocity = TVector.MultiplyAdd(TVector.Create(Momentum), TVector.Load(Velocity + i), g);
            velocity.Store(Velocity + i);
            (p - (TVector.Create(rate) * velocity)).Store(Values + i);
        }
    }
}
