namespace Avion.Compute;

public static partial class AdamW
{
    private static unsafe Rule CpuRule(Tensor values, Tensor gradients, Tensor firstMoment, Tensor secondMoment,
        in AdamWSettings settings) =>
        new()
        {
            Values = (float*)values.Data, Gradients = (float*)gradients.Data,
            M = (float*)firstMoment.Data, V = (float*)secondMoment.Data,
            Beta1 = (float)settings.Beta1, Beta2 = (float)settings.Beta2, Epsilon = (float)settings.Epsilon,
            OneMinusBeta1 = (float)(1 - settings.Beta1), OneMinusBeta2 = (float)(1 - settings.Beta2),
            Settings = settings,
        };

    private unsafe struct Rule : IUpdateRule
    {
        public float* Values, Gradients, M, V;
        public float Beta1, Beta2, OneMinusBeta1, OneMinusBeta2, Epsilon, GradientScale, InverseRootCorrection2;
        public double InverseCorrection1;
        public AdamWSettings Settings;

        public void Begin(in StepScalars step)
        {
            GradientScale = (float)step.GradientScale;
            InverseCorrection1 = 1 / (1 - Math.Pow(Settings.Beta1, step.UpdateCount));
            InverseRootCorrection2 = (float)(1 / Math.Sqrt(1 - Math.Pow(Settings.Beta2, step.UpdateCount)));
        }

        public readonly (float First, float Second) Factors(float learningRate, float weightDecay) =>
            ((float)(1 - ((double)learningRate * weightDecay)), (float)(learningRate * InverseCorrection1));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Update<TVector>(long i, float keep, float rate) where TVector : struct, IFloatVector<TVector>
        {
            TVector g = TVector.Load(Gradients + i) * TVector.Create(GradientScale);
            TVector m = TVector.MultiplyAdd(TVector.Create(Beta1), TVector.Load(M + i), TVector.Create(OneMinusBeta1) * g);
            TVector v = TVector.MultiplyAdd(TVector.Create(Beta2), TVector.Load(V + i), TVector.Create(OneMinusBeta2) * g * g);
            m.Store(M + i);
            v.Store(V + i);
            TVector root = TVector.MultiplyAdd(TVector.Sqrt(v), TVector.Create(InverseRootCorrection2), TVector.Create(Epsilon));
            TVector p = TVector.Load(Values + i) * TVector.Create(keep);
            (p - (TVector.Create(rate) * m / root)).Store(Values + i);
        }
    }
}
