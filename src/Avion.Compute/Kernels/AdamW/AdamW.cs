namespace Avion.Compute;

/// <summary>The constants of AdamW.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
public readonly record struct AdamWSettings(double Beta1, double Beta2, double Epsilon);

/// <summary>One step of Adam with decoupled weight decay, on flat memory.</summary>
/// <remarks>
/// g = scale · gradient; p ← p (1 - rate · decay); m ← β₁ m + (1 - β₁) g; v ← β₂ v + (1 - β₂) g²;
/// p ← p - rate / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε), with rate and decay of the range that holds the element,
/// scale and t, the number of this update, of the step.
/// Shapes: values, gradients, m, v [FlatCount]. Elements in no range are left alone.
/// Cost: 14 operations and 7 elements of traffic an element.
/// Source: Loshchilov, Hutter 2019, "Decoupled weight decay regularization", algorithm 2 (arXiv:1711.05101), with ε added after
/// the correction, as in PyTorch.
/// </remarks>
public static partial class AdamW
{
    private static readonly CudaKernel s_step = new("AdamW", "adamw");

    /// <summary>Updates values, m and v; none of them where the step is not finite.</summary>
    public static unsafe void Step(Device device, Tensor values, Tensor gradients, Tensor firstMoment, Tensor secondMoment,
        UpdateTable ranges, in AdamWSettings settings, Tensor step)
    {
        ReferenceRule reference = new()
        {
            Values = (double*)values.Data, Gradients = (double*)gradients.Data,
            M = (double*)firstMoment.Data, V = (double*)secondMoment.Data, Settings = settings,
        };
        using OperationScope scope = FlatUpdate.Begin(device, "AdamW.Step", flops: 14, ranges, values, gradients, [firstMoment, secondMoment]);
        FlatUpdate.Run(device, "AdamW.Step", ranges, values, step, CpuRule(values, gradients, firstMoment, secondMoment, settings),
            reference, s_step,
            [
                ranges.CudaPieces, step.Data, values.Data, gradients.Data, firstMoment.Data, secondMoment.Data,
                settings.Beta1, settings.Beta2, settings.Epsilon,
            ]);
    }
}
