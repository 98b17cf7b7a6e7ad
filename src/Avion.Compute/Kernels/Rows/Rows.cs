// N rows of x · R chosen rows · D columns (width)

namespace Avion.Compute;

/// <summary>Moves whole rows: picks them by number, and puts them at numbers.</summary>
/// <remarks>
/// Gather: y[r] = x[rows[r]]. Its backward is ScatterAdd: dx[rows[r]] += dy[r]; a row number may occur any number of times, or never.
/// Scatter is ScatterAdd onto zeros as an operation, and Gather is its backward.
/// Shapes: x, dx [N, D]; rows int32 [R], 0 ≤ rows[r] &lt; N; y, dy [R, D].
/// Numerics: Gather copies; ScatterAdd adds in the order of r, whatever the number of threads; sums of bfloat16 are rounded once.
/// Cost: Gather 2 R·D elements of traffic, 3 where it adds; ScatterAdd R·D operations, 3 R·D elements, and N·D to clear dx when it is
/// written.
/// Errors: a row number outside x is an ArgumentException that names it and its place.
/// </remarks>
public static partial class Rows
{
    /// <summary>y[r] = x[rows[r]], or y[r] += x[rows[r]].</summary>
    public static unsafe void Gather(Device device, Tensor x, Tensor rows, Tensor y, bool accumulate = false)
    {
        CheckGather("Rows.Gather", x, rows, y);
        using OperationScope scope = device.Begin("Rows.Gather", accumulate ? y.Count : 0, (accumulate ? 3 : 2) * y.ByteCount);
        if (device is HostDevice)
        {
            CheckRowNumbers("Rows.Gather", rows, x.Shape.Rows);
        }

        switch (device)
        {
            case CpuDevice cpu when y.Type == ElementType.BFloat16:
                CpuGather<BFloat16>(cpu, x, rows, accumulate, y);
                break;
            case CpuDevice cpu:
                CpuGather<float>(cpu, x, rows, accumulate, y);
                break;
            case ReferenceDevice:
                ReferenceGather((double*)x.Data, (int*)rows.Data, y.Shape.Rows, y.Shape.Columns, accumulate, (double*)y.Data);
                break;
            case CudaDevice cuda:
                CudaGather(cuda, x, rows, accumulate, y);
                break;
            default:
                device.RequirePlanning("Rows.Gather");
                break;
        }
    }

    /// <summary>dx[rows[r]] += dy[r], onto what dx holds or onto zeros.</summary>
    public static unsafe void ScatterAdd(Device device, Tensor dy, Tensor rows, bool accumulate, Tensor dx)
    {
        CheckGather("Rows.ScatterAdd", dx, rows, dy);
        using OperationScope scope = device.Begin("Rows.ScatterAdd", dy.Count, (3 * dy.ByteCount) + (accumulate ? 0 : dx.ByteCount));
        if (device is HostDevice)
        {
            CheckRowNumbers("Rows.ScatterAdd", rows, dx.Shape.Rows);
        }

        switch (device)
        {
            case CpuDevice cpu when dx.Type == ElementType.BFloat16:
                CpuScatterAddRounded(cpu, dy, rows, accumulate, dx);
                break;
            case CpuDevice cpu when dy.Type == ElementType.BFloat16:
                CpuScatterAdd<BFloat16>(cpu, dy, rows, accumulate, dx);
                break;
            case CpuDevice cpu:
                CpuScatterAdd<float>(cpu, dy, rows, accumulate, dx);
                break;
            case ReferenceDevice:
                ReferenceScatterAdd((double*)dy.Data, (int*)rows.Data, dy.Shape.Rows, dy.Shape.Columns, accumulate,
                    dx.Shape.Rows, (double*)dx.Data);
                break;
            case PlanningDevice plan when dx.Type == ElementType.BFloat16:
                plan.PlanCpuScratch(CpuListCount(dy, dx));
                break;
            case CudaDevice cuda:
                CudaScatterAdd(cuda, dy, rows, accumulate, dx);
                break;
            default:
                device.RequirePlanning("Rows.ScatterAdd");
                break;
        }
    }

    private static void CheckGather(string operation, Tensor x, Tensor rows, Tensor y)
    {
        if (rows.Type != ElementType.Int32)
        {
            throw new ArgumentException($"{operation}: row numbers have type {rows.Type}, expected {ElementType.Int32}.");
        }

        Check.HasCount(operation, nameof(rows), rows, y.Shape.Rows);
        Check.HasColumns(operation, nameof(y), y, x.Shape.Columns, "as many as the rows that are picked");
    }

    private static unsafe void CheckRowNumbers(string operation, Tensor rows, int rowCount)
    {
        ReadOnlySpan<int> numbers = new((void*)rows.Data, (int)rows.Count);
        for (int r = 0; r < numbers.Length; r++)
        {
            if ((uint)numbers[r] >= (uint)rowCount)
            {
                throw new ArgumentException($"{operation}: number {numbers[r]} at place {r} names no row; expected 0 to {rowCount - 1}.");
            }
        }
    }
}
