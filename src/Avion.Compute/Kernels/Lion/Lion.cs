namespace Avion.Compute;

/// <summary>The constants of Lion.</summary>
/// <param name="Beta1">Share of the momentum in the update.</param>
/// <param name="Beta2">Decay of the momentum.</param>
public readonly record struct LionSettings(double Beta1, double Beta2);

/// <summary>One step of Lion, the sign of an interpolated momentum with decoupled weight decay, on flat memory.</summary>
/// <remarks>
/// g = scale · gradient; p ← p (1 - rate · decay) - rate · sign(β₁ m + (1 - β₁) g), sign(0) = 0; m ← β₂ m + (1 - β₂) g,
/// with scale and rate of the step.
/// Shapes: values, gradients, m [FlatCount]. Elements in no range are left alone.
/// Cost: 10 operations and 5 elements of traffic an element.
/// Source: Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2 (arXiv:2302.06675).
/// </remarks>
public static partial class Lion
{
    private static readonly CudaKernel s_step = new("Lion", "lion");

    /// <summary>Updates values and m; none of them where the step is not finite.</summary>
    public static unsafe void Step(Device device, Tensor values, Tensor gradients, Tensor momentum, UpdateTable ranges,
        in LionSettings settings, Tensor step)
    {
        ReferenceRule reference = new()
        {
            Values = (double*)values.Data, Gradients = (double*)gradients.Data, M = (double*)momentum.Data, Settings = settings,
        };
        using OperationScope scope = FlatUpdate.Begin(device, "Lion.Step", flops: 10, ranges, values, gradients, [momentum]);
        FlatUpdate.Run(device, "Lion.Step", ranges, values, step, CpuRule(values, gradients, momentum, settings), reference, s_step,
            [ranges.CudaPieces, step.Data, values.Data, gradients.Data, momentum.Data, settings.Beta1, settings.Beta2]);
    }
}
