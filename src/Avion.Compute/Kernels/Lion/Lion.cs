namespace Avion.Compute;

/// <summary>What a Lion step needs besides memory.</summary>
/// <param name="Beta1">Share of the momentum in the update.</param>
/// <param name="Beta2">Decay of the momentum.</param>
/// <param name="GradientScale">Factor of every gradient: that of clipping, 1 for none.</param>
public readonly record struct LionSettings(double Beta1, double Beta2, double GradientScale = 1);

/// <summary>One step of Lion, the sign of an interpolated momentum with decoupled weight decay, on flat memory.</summary>
/// <remarks>
/// g = scale · gradient; p ← p (1 - rate · decay) - rate · sign(β₁ m + (1 - β₁) g), sign(0) = 0; m ← β₂ m + (1 - β₂) g.
/// Shapes: values, gradients, m [FlatCount]. Elements in no range are left alone.
/// Cost: 10 operations and 5 elements of traffic an element.
/// Source: Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2 (arXiv:2302.06675).
/// </remarks>
public static partial class Lion
{
    /// <summary>Updates values and m.</summary>
    public static unsafe void Step(Device device, Tensor values, Tensor gradients, Tensor momentum, ReadOnlySpan<UpdateRange> ranges,
        in LionSettings settings)
    {
        ReferenceRule reference = new()
        {
            Values = (double*)values.Data, Gradients = (double*)gradients.Data, M = (double*)momentum.Data, Settings = settings,
        };
        FlatUpdate.Step(device, "Lion.Step", flops: 10, ranges, values, gradients, [momentum],
            CpuRule(values, gradients, momentum, settings), reference);
    }
}
