namespace Avion.Compute;

/// <summary>The Gaussian error linear unit, in three forms.</summary>
/// <remarks>
/// Forward: y = x Φ(x), y = x σ(1.702 x), or y = x σ(2 √(2/π) (x + 0.044715 x³)); backward: dx = dy · y'(x), computed from x again.
/// Shapes: x, y, dy, dx equal. Aliasing: y may be x; dx may be dy.
/// Numerics: values and derivatives to about 5e-7 relative.
/// Cost: forward 30 n operations, 2 n elements of traffic; backward 36 n operations, 3 n elements (4 when adding).
/// Source: Hendrycks, Gimpel 2016, "Gaussian error linear units", section 2 (arXiv:1606.08415).
/// </remarks>
public static partial class Gelu
{
    /// <summary>Writes y.</summary>
    public static unsafe void Forward(Device device, Tensor x, GeluKind kind, Tensor y)
    {
        Check.SameShape("Gelu.Forward", nameof(x), x, nameof(y), y);
        using OperationScope scope = device.Begin("Gelu.Forward", 30 * x.Count, 2 * x.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, x, kind, y);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, x, kind, y);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)x.Data, x.Count, kind, (double*)y.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, x, kind, y);
                break;
            default:
                device.RequirePlanning("Gelu.Forward");
                break;
        }
    }

    /// <summary>Writes dx, or adds to it.</summary>
    public static unsafe void Backward(Device device, Tensor dy, Tensor x, GeluKind kind, bool accumulate, Tensor dx)
    {
        Check.SameShape("Gelu.Backward", nameof(x), x, nameof(dy), dy);
        Check.SameShape("Gelu.Backward", nameof(x), x, nameof(dx), dx);
        using OperationScope scope = device.Begin("Gelu.Backward", 36 * x.Count, (accumulate ? 4 : 3) * x.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuBackward<BFloat16>(cpu, dy, x, kind, accumulate, dx);
                break;
            case CpuDevice cpu:
                CpuBackward<float>(cpu, dy, x, kind, accumulate, dx);
                break;
            case ReferenceDevice:
                ReferenceBackward((double*)dy.Data, (double*)x.Data, x.Count, kind, accumulate, (double*)dx.Data);
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, dy, x, kind, accumulate, dx);
                break;
            default:
                device.RequirePlanning("Gelu.Backward");
                break;
        }
    }
}
