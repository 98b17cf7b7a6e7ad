namespace Avion.Compute;

/// <summary>What the norm of all gradients means for the update: whether it is done, and how far gradients are scaled down.</summary>
/// <remarks>
/// norm = √(sum of squares); finite = norm and loss are; scale = min(1, bound / (norm + 1e-6)) if there is a bound, else 1. Counts the
/// update if finite, a skipped one if not. Shapes: <see cref="StepScalars"/>; loss [1]. Numerics: double precision.
/// Cost: a few operations. Source: torch.nn.utils.clip_grad_norm_; the update applies the factor, so gradients are read once less.
/// </remarks>
public static class GradientScale
{
    private const double Margin = 1e-6;

    private static readonly CudaKernel s_ofFloat = new("GradientScale", "gradient_scale");
    private static readonly CudaKernel s_ofDouble = new("GradientScale", "gradient_scale_of_double");

    /// <summary>Reads the sum of squares and the bound; writes the rest of a step's results.</summary>
    /// <param name="device">Where.</param>
    /// <param name="loss">Of the step, over all ranks; absent to look at the norm alone.</param>
    /// <param name="step">A <see cref="StepBlock"/>'s memory.</param>
    public static unsafe void Set(Device device, Tensor loss, Tensor step)
    {
        using OperationScope scope = device.Begin("GradientScale.Set", 0, step.ByteCount);
        switch (device)
        {
            case HostDevice:
                double value = loss.IsAbsent ? 0 : loss.Type == ElementType.Float64 ? *(double*)loss.Data : *(float*)loss.Data;
                HostSet(value, ref *StepBlock.OnHost(step));
                break;
            case CudaDevice cuda:
                cuda.Launch(loss.Type == ElementType.Float64 && !loss.IsAbsent ? s_ofDouble : s_ofFloat, ElementType.Float32, new CudaGrid(1), 1,
                    [loss.Data, step.Data]);
                break;
            default:
                device.RequirePlanning("GradientScale.Set");
                break;
        }
    }

    private static void HostSet(double loss, ref StepScalars step)
    {
        step.GradientNorm = Math.Sqrt(step.SumOfSquares);
        bool isFinite = double.IsFinite(step.GradientNorm) && double.IsFinite(loss);
        step.GradientScale = step.NormBound > 0 ? Math.Min(1, step.NormBound / (step.GradientNorm + Margin)) : 1;
        step.IsFinite = isFinite ? 1 : 0;
        step.UpdateCount += isFinite ? 1 : 0;
        step.SkippedCount += isFinite ? 0 : 1;
    }
}
