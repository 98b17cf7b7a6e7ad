// N rows (tokens) · D columns
namespace Avion.Compute;

/// <summary>Multiplies each column by a factor of its own: layer scale.</summary>
/// <remarks>
/// Forward: y[n, d] = x[n, d] scale[d]. Backward: dx[n, d] = dy[n, d] scale[d]; dscale[d] += Σ_n dy[n, d] x[n, d], in the order of n.
/// Shapes: x, y, dx, dy [N, D]; scale, dscale [D]. Either gradient may be absent.
/// Cost: N·D operations, 2 N·D elements of traffic; backward 3 N·D and 3 N·D.
/// Source: Touvron et al. 2021, "Going deeper with image transformers", section 2 (arXiv:2103.17239).
/// </remarks>
public static partial class ColumnScale
{
    /// <summary>Writes y.</summary>
    public static unsafe void Forward(Device device, Tensor x, Tensor scale, Tensor y)
    {
        int rows = x.Shape.Rows, columns = x.Shape.Columns;
        Check.HasCount("ColumnScale.Forward", nameof(scale), scale, columns);
        Check.SameShape("ColumnScale.Forward", nameof(x), x, nameof(y), y);
        using OperationScope scope = device.Begin("ColumnScale.Forward", x.Count, 2 * x.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, x, scale, y);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, x, scale, y);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)x.Data, (double*)scale.Data, rows, columns, (double*)y.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, x, scale, y);
                break;
            default:
                device.RequirePlanning("ColumnScale.Forward");
                break;
        }
    }

    /// <summary>Adds to dscale, and writes dx or adds to it.</summary>
    public static unsafe void Backward(Device device, Tensor dy, Tensor x, Tensor scale, Tensor dscale, bool accumulates, Tensor dx)
    {
        int rows = x.Shape.Rows, columns = x.Shape.Columns;
        Check.HasCount("ColumnScale.Backward", nameof(scale), scale, columns);
        Check.SameShape("ColumnScale.Backward", nameof(x), x, nameof(dy), dy);
        using OperationScope scope = device.Begin("ColumnScale.Backward", 3 * x.Count, 3 * x.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuBackward<BFloat16>(cpu, dy, x, scale, dscale, accumulates, dx);
                break;
            case CpuDevice cpu:
                CpuBackward<float>(cpu, dy, x, scale, dscale, accumulates, dx);
                break;
            case ReferenceDevice:
                ReferenceBackward((double*)dy.Data, (double*)x.Data, (double*)scale.Data, rows, columns, (double*)dscale.Data, accumulates,
                    (double*)dx.Data);
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, dy, x, scale, dscale, accumulates, dx);
                break;
            default:
                device.RequirePlanning("ColumnScale.Backward");
                break;
        }
    }
}
