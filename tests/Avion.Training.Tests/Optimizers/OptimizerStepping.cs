namespace Avion.Training.Tests;

/// <summary>Single updates without a loss before them.</summary>
internal static class OptimizerStepping
{
    /// <summary>One update at a rate, with gradients times a factor.</summary>
    public static void Step(this Optimizer optimizer, double learningRate, double gradientScale)
    {
        StepScalars scalars = optimizer.Block.Read();
        optimizer.Block.Write(scalars with
        {
            LearningRate = learningRate, GradientScale = gradientScale, UpdateCount = scalars.UpdateCount + 1,
        });
        optimizer.Step();
    }
}
