using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>The scalars of one training step as they lie in device memory; kernels of every back end read them there.</summary>
/// <remarks>The host writes the first part before a step; the second belongs to kernels and lasts from step to step.</remarks>
[StructLayout(LayoutKind.Sequential)]
public record struct StepScalars
{
    /// <summary>Gradients and decay as they are.</summary>
    public StepScalars()
    {
    }

    /// <summary>This step's learning rate, by which each parameter's own factor is multiplied.</summary>
    public double LearningRate;

    /// <summary>Bound of the norm of all gradients together; 0 for none.</summary>
    public double NormBound;

    /// <summary>What every weight decay is multiplied by in this step.</summary>
    public double WeightDecayFactor = 1;

    /// <summary>Sum of the squares of all gradients, before clipping.</summary>
    public double SumOfSquares;

    /// <summary>Norm of all gradients, before clipping.</summary>
    public double GradientNorm;

    /// <summary>What the update multiplies gradients by: 1, or less where they are clipped.</summary>
    public double GradientScale;

    /// <summary>1 if loss and gradients are finite; 0 if the update leaves everything as it is.</summary>
    public long IsFinite;

    /// <summary>Updates done, this step's included: the step number of the optimizer's bias corrections.</summary>
    public long UpdateCount;

    /// <summary>Steps whose update was left out because the loss or a gradient was not finite.</summary>
    public long SkippedCount;
}
