namespace Avion.Compute;

public static partial class Sgd
{
    private unsafe struct ReferenceRule : IReferenceUpdateRule
    {
        public double* Values, Gradients, Velocity;
        public SgdSettings Settings;

        public readonly void Update(long i, double learningRate, double weightDecay, in StepScalars step)
        {
            double g = (step.GradientScale * Gradients[i]) + (weightDecay * Values[i]);
            Velocity[i] = (Settings.Momentum * Velocity[i]) + g;
            Values[i] -= learningRate * Velocity[i];
        }
    }
}
