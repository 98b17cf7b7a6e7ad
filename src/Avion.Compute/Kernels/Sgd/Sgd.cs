namespace Avion.Compute;

/// <summary>What a step of stochastic gradient descent needs besides memory.</summary>
/// <param name="Momentum">Decay of the velocity.</param>
/// <param name="GradientScale">Factor of every gradient: that of clipping, 1 for none.</param>
public readonly record struct SgdSettings(double Momentum, double GradientScale = 1);

/// <summary>One step of stochastic gradient descent with momentum and coupled weight decay, on flat memory.</summary>
/// <remarks>
/// g = scale · gradient + decay · p; u ← momentum · u + g; p ← p - rate · u.
/// Shapes: values, gradients, u [FlatCount]. Elements in no range are left alone.
/// Cost: 7 operations and 5 elements of traffic an element.
/// Source: Sutskever et al. 2013, "On the importance of initialization and momentum", equations 1 and 2, with the rate outside the
/// velocity, as in PyTorch.
/// </remarks>
public static partial class Sgd
{
    /// <summary>Updates values and u.</summary>
    public static unsafe void Step(Device device, Tensor values, Tensor gradients, Tensor velocity, ReadOnlySpan<UpdateRange> ranges,
        in SgdSettings settings)
    {
        ReferenceRule reference = new()
        {
            Values = (double*)values.Data, Gradients = (double*)gradients.Data, Velocity = (double*)velocity.Data, Settings = settings,
        };
        FlatUpdate.Step(device, "Sgd.Step", flops: 7, ranges, values, gradients, [velocity],
            CpuRule(values, gradients, velocity, settings), reference);
    }
}
