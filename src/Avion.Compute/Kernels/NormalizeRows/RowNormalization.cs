// N rows · E columns
namespace Avion.Compute;

/// <summary>Scales each row to length one.</summary>
/// <remarks>
/// Forward: y = x · r with r = 1 / max(‖x‖, 1e-12). Backward: dx = r · (dy - y · (y · dy)); where the norm is below 1e-12, r is constant
/// and dx = r · dy.
/// Shapes: x, y, dy, dx [N, E]; inverseNorms [N]. Rows are independent.
/// Cost: forward 3 N·E operations, 2 N·E elements of traffic; backward 5 N·E operations, 3 N·E elements.
/// </remarks>
public static partial class RowNormalization
{
    private const float SmallestNorm = 1e-12f;

    /// <summary>Writes y and the inverse norms.</summary>
    public static unsafe void Forward(Device device, Tensor x, Tensor y, Tensor inverseNorms)
    {
        Check.SameShape("RowNormalization.Forward", nameof(x), x, nameof(y), y);
        Check.HasShape("RowNormalization.Forward", nameof(inverseNorms), inverseNorms, new Shape(x.Shape.Rows));
        using OperationScope scope = device.Begin("RowNormalization.Forward", 3 * x.Count, 2 * x.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, x, y, inverseNorms);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, x, y, inverseNorms);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)x.Data, x.Shape.Rows, x.Shape.Columns, (double*)y.Data, (double*)inverseNorms.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, x, y, inverseNorms);
                break;
            default:
                device.RequirePlanning("RowNormalization.Forward");
                break;
        }
    }

    /// <summary>Writes dx, or adds to it.</summary>
    public static unsafe void Backward(Device device, Tensor dy, Tensor y, Tensor inverseNorms, bool accumulate, Tensor dx)
    {
        Check.SameShape("RowNormalization.Backward", nameof(y), y, nameof(dy), dy);
        Check.SameShape("RowNormalization.Backward", nameof(y), y, nameof(dx), dx);
        using OperationScope scope = device.Begin("RowNormalization.Backward", 5 * y.Count, 3 * y.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when y.Type == ElementType.BFloat16:
                CpuBackward<BFloat16>(cpu, dy, y, inverseNorms, accumulate, dx);
                break;
            case CpuDevice cpu:
                CpuBackward<float>(cpu, dy, y, inverseNorms, accumulate, dx);
                break;
            case ReferenceDevice:
                ReferenceBackward((double*)dy.Data, (double*)y.Data, (double*)inverseNorms.Data, y.Shape.Rows, y.Shape.Columns,
                    accumulate, (double*)dx.Data);
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, dy, y, inverseNorms, accumulate, dx);
                break;
            default:
                device.RequirePlanning("RowNormalization.Backward");
                break;
        }
    }
}
