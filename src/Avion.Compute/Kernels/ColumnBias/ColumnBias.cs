// N rows (tokens) · D columns · L bias values, added to columns F to F + L - 1

namespace Avion.Compute;

/// <summary>Adds a bias to some of the columns, in place.</summary>
/// <remarks>
/// Forward: y[n, F + j] = x[n, F + j] + bias[j]; the other columns stay. Backward: dx = dy; dbias[j] += Σ_n dy[n, F + j], in the order of
/// n.
/// Shapes: x, y, dy [N, D]; bias, dbias [L], F + L ≤ D. y is x: nobody else may need x.
/// For projections in which only queries and values have a bias. Cost: N·L operations, 2 N·L elements of traffic; backward N·L.
/// </remarks>
public static partial class ColumnBias
{
    /// <summary>Adds to x.</summary>
    public static unsafe void Forward(Device device, Tensor bias, int firstColumn, Tensor x)
    {
        CheckShapes("ColumnBias.Forward", bias, firstColumn, x);
        int rows = x.Shape.Rows, columns = x.Shape.Columns, length = (int)bias.Count;
        using OperationScope scope = device.Begin("ColumnBias.Forward", (long)rows * length, 2L * rows * length * x.Type.SizeInBytes());
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, bias, firstColumn, x);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, bias, firstColumn, x);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)bias.Data, length, rows, columns, (double*)x.Data + firstColumn);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, bias, firstColumn, x);
                break;
            default:
                device.RequirePlanning("ColumnBias.Forward");
                break;
        }
    }

    /// <summary>Adds to dbias.</summary>
    public static unsafe void Backward(Device device, Tensor dy, int firstColumn, Tensor dbias)
    {
        CheckShapes("ColumnBias.Backward", dbias, firstColumn, dy);
        int rows = dy.Shape.Rows, columns = dy.Shape.Columns, length = (int)dbias.Count;
        using OperationScope scope = device.Begin("ColumnBias.Backward", (long)rows * length, (long)rows * length * dy.Type.SizeInBytes());
        switch (device)
        {
            case CpuDevice cpu when dy.Type == ElementType.BFloat16:
                CpuBackward<BFloat16>(cpu, dy, firstColumn, dbias);
                break;
            case CpuDevice cpu:
                CpuBackward<float>(cpu, dy, firstColumn, dbias);
                break;
            case ReferenceDevice:
                ReferenceBackward((double*)dy.Data + firstColumn, rows, columns, length, (double*)dbias.Data);
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, dy, firstColumn, dbias);
                break;
            default:
                device.RequirePlanning("ColumnBias.Backward");
                break;
        }
    }

    private static void CheckShapes(string operation, Tensor bias, int firstColumn, Tensor x)
    {
        if (firstColumn < 0 || firstColumn + bias.Count > x.Shape.Columns)
        {
            throw new ArgumentException($"{operation}: {bias.Count} columns from column {firstColumn} do not lie within {x}.");
        }
    }
}
