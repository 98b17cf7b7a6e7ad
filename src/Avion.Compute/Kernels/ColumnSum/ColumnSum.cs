// N rows · D columns
namespace Avion.Compute;

/// <summary>Adds up the rows of a matrix, as the gradient of a bias does.</summary>
/// <remarks>
/// y += Σ_rows x. Shapes: x [N, D]; y [D].
/// Numerics: float sums by chunks of rows whose number depends on N alone, chunks added in order.
/// Cost: N·D operations; N·D elements of traffic.
/// </remarks>
public static partial class ColumnSum
{
    /// <summary>Adds the sum of the rows of x to y.</summary>
    public static unsafe void Accumulate(Device device, Tensor x, Tensor y)
    {
        int rows = x.Shape.Rows, columns = x.Shape.Columns;
        Check.HasCount("ColumnSum.Accumulate", nameof(y), y, columns);
        using OperationScope scope = device.Begin("ColumnSum.Accumulate", x.Count, x.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuAccumulate<BFloat16>(cpu, x, y);
                break;
            case CpuDevice cpu:
                CpuAccumulate<float>(cpu, x, y);
                break;
            case ReferenceDevice:
                ReferenceAccumulate((double*)x.Data, rows, columns, (double*)y.Data);
                break;
            case PlanningDevice plan:
                plan.PlanCpuScratch(CpuPartialCount(rows, columns));
                break;
            case CudaDevice cuda:
                CudaAccumulate(cuda, x.Data, x.Type, rows, columns, columns, y);
                break;
            default:
                device.RequirePlanning("ColumnSum.Accumulate");
                break;
        }
    }
}
