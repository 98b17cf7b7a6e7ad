namespace Avion.Training;

/// <summary>Keeps the norm of all gradients together within a bound.</summary>
/// <remarks>scale = min(1, bound / (‖g‖ + 1e-6)), as torch.nn.utils.clip_grad_norm_; the update
/// applies it, so gradients are read once less.</remarks>
internal sealed class GradientClipping(double bound)
{
    private const double Margin = 1e-6;

    /// <summary>Norm of all gradients, computed in double precision.</summary>
    public static double Norm(ParameterStore parameters, Device device) => Math.Sqrt(GlobalNorm.SumOfSquares(device, parameters.Gradients));

    /// <summary>The factor that brings a norm within the bound.</summary>
    public double ScaleFor(double norm) => bound > 0 ? Math.Min(1, bound / (norm + Margin)) : 1;
}
