namespace Avion.Peers;

/// <summary>How far the two sides may lie apart before a comparison of their times means nothing.</summary>
/// <param name="Output">Largest ‖a - b‖ / ‖b‖ of losses, features, predictions and results.</param>
/// <param name="Gradient">Largest ‖a - b‖ / ‖b‖ of a gradient, and of all gradients together.</param>
public sealed record Bounds(double Output, double Gradient)
{
    /// <summary>Both sides round to 24 bits, in different orders of summation.</summary>
    public static Bounds Float32 { get; } = new(1e-4, 1e-4);

    /// <summary>Both sides keep 8 bits of an activation, and round at different places.</summary>
    public static Bounds BFloat16 { get; } = new(3e-2, 1e-1);
}
