namespace Avion.Compute;

public static partial class AdamW
{
    private unsafe struct ReferenceRule : IReferenceUpdateRule
    {
        public double* Values, Gradients, M, V;
        public AdamWSettings Settings;

        public readonly void Update(long i, double learningRate, double weightDecay, in StepScalars step)
        {
            double g = step.GradientScale * Gradients[i];
            Values[i] *= 1 - (learningRate * weightDecay);
            M[i] = (Settings.Beta1 * M[i]) + ((1 - Settings.Beta1) * g);
            V[i] = (Settings.Beta2 * V[i]) + ((1 - Settings.Beta2) * g * g);
            double correction1 = 1 - Math.Pow(Settings.Beta1, step.UpdateCount);
            double correction2 = 1 - Math.Pow(Settings.Beta2, step.UpdateCount);
            Values[i] -= learningRate / correction1 * M[i] / (Math.Sqrt(V[i] / correction2) + Settings.Epsilon);
        }
    }
}
