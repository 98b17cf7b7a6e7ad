namespace Avion.Compute;

/// <summary>The constants of stochastic gradient descent.</summary>
/// <param name="Momentum">Decay of the velocity.</param>
public readonly record struct SgdSettings(double Momentum);

/// <summary>One step of stochastic gradient descent with momentum and coupled weight decay, on flat memory.</summary>
/// <remarks>
/// g = scale · gradient + decay · p; u ← momentum · u + g; p ← p - rate · u, with scale and rate of the step.
/// Shapes: values, gradients, u [FlatCount]. Elements in no range are left alone.
/// Cost: 7 operations and 5 elements of traffic an element.
/// Source: Sutskever et al. 2013, "On the importance of initialization and momentum", equations 1 and 2, with the rate outside the
/// velocity, as in PyTorch.
/// </remarks>
public static partial class Sgd
{
    private static readonly CudaKernel s_step = new("Sgd", "sgd");

    /// <summary>Updates values and u; none of them where the step is not finite.</summary>
    public static unsafe void Step(Device device, Tensor values, Tensor gradients, Tensor velocity, UpdateTable ranges,
        in SgdSettings settings, Tensor step)
    {
        ReferenceRule reference = new()
        {
            Values = (double*)values.Data, Gradients = (double*)gradients.Data, Velocity = (double*)velocity.Data, Settings = settings,
        };
        using OperationScope scope = FlatUpdate.Begin(device, "Sgd.Step", flops: 7, ranges, values, gradients, [velocity]);
        FlatUpdate.Run(device, "Sgd.Step", ranges, values, step, CpuRule(values, gradients, velocity, settings), reference, s_step,
            [ranges.CudaPieces, step.Data, values.Data, gradients.Data, velocity.Data, settings.Momentum]);
    }
}
