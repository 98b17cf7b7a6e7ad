namespace Avion.Compute;

public static partial class Lion
{
    private static unsafe Rule CpuRule(Tensor values, Tensor gradients, Tensor momentum, in LionSettings settings) => new()
    {
        Values = (float*)values.Data, Gradients = (float*)gradients.Data, M = (float*)momentum.Data,
        Beta1 = (float)settings.Beta1, Beta2 = (float)settings.Beta2,
        OneMinusBeta1 = (float)(1 - settings.Beta1), OneMinusBeta2 = (float)(1 - settings.Beta2),
    };

    /// <summary>-1, 0 or 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Sign<TVector>(TVector x) where TVector : struct, IFloatVector<TVector>
    {
        // The first factor lifts denormal numbers into range, the second lifts whatever is left beyond one; zero stays zero.
        TVector one = TVector.Create(1), minusOne = TVector.Create(-1), huge = TVector.Create(1e30f);
        TVector lifted = TVector.Max(minusOne, TVector.Min(one, x * huge));
        return TVector.Max(minusOne, TVector.Min(one, lifted * huge));
    }

    private unsafe struct Rule : IUpdateRule
    {
        public float* Values, Gradients, M;
        public float Beta1, Beta2, OneMinusBeta1, OneMinusBeta2, GradientScale;

        public void Begin(in StepScalars step) => GradientScale = (float)step.GradientScale;

        public readonly (float First, float Second) Factors(float learningRate, float weightDecay) =>
            ((float)(1 - ((double)learningRate * weightDecay)), learningRate);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Update<TVector>(long i, float keep, float rate) where TVector : struct, IFloatVector<TVector>
        {
            TVector g = TVector.Load(Gradients + i) * TVector.Create(GradientScale), m = TVector.Load(M + i);
            TVector direction = Sign(TVector.MultiplyAdd(TVector.Create(Beta1), m, TVector.Create(OneMinusBeta1) * g));
            TVector p = TVector.Load(Values + i) * TVector.Create(keep);
            (p - (TVector.Create(rate) * direction)).Store(Values + i);
            TVector.MultiplyAdd(TVector.Create(Beta2), m, TVector.Create(OneMinusBeta2) * g).Store(M + i);
        }
    }
}
