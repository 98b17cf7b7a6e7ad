namespace Avion.Compute;

public static partial class Lion
{
    private unsafe struct ReferenceRule : IReferenceUpdateRule
    {
        public double* Values, Gradients, M;
        public LionSettings Settings;

        public readonly void Update(long i, double learningRate, double weightDecay, in StepScalars step)
        {
            double g = step.GradientScale * Gradients[i];
            Values[i] *= 1 - (learningRate * weightDecay);
            Values[i] -= learningRate * Math.Sign((Settings.Beta1 * M[i]) + ((1 - Settings.Beta1) * g));
            M[i] = (Settings.Beta2 * M[i]) + ((1 - Settings.Beta2) * g);
        }
    }
}
