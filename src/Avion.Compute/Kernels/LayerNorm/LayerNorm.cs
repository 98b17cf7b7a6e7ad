// N rows (tokens) · D columns (width)
namespace Avion.Compute;

/// <summary>Normalizes each row to zero mean and unit variance, then scales and shifts it.</summary>
/// <remarks>
/// Forward: y = (x - mean) · rstd · weight + bias; rstd = 1 / sqrt(var + epsilon); var divides by D.
/// Backward, with h = (x - mean) · rstd and g = dy · weight:
/// dx = rstd · (g - mean(g) - h · mean(g · h)); dweight += Σ_rows dy · h; dbias += Σ_rows dy.
/// Shapes: x, y, dy, dx [N, D]; weight, bias, dweight, dbias [D]; mean, rstd [N].
/// Aliasing: y may be x, dx may be dy. Rows are independent; sums over rows are taken in a fixed order.
/// Numerics: float sums within a row, variance from centred values; row sums by chunks of rows whose number depends on N alone.
/// Cost: forward 8 N·D operations, 2 N·D elements of traffic; backward 16 N·D operations, 3 N·D elements (4 when adding).
/// Source: Ba, Kiros, Hinton 2016, "Layer normalization", section 3 (arXiv:1607.06450).
/// </remarks>
public static partial class LayerNorm
{
    /// <summary>Writes y, mean and rstd.</summary>
    public static unsafe void Forward(Device device, Tensor x, Tensor weight, Tensor bias, float epsilon,
        Tensor y, Tensor mean, Tensor rstd)
    {
        (int rows, int columns) = CheckShapes("LayerNorm.Forward", x, weight, bias, mean, rstd);
        Check.SameShape("LayerNorm.Forward", nameof(x), x, nameof(y), y);
        using OperationScope scope = device.Begin("LayerNorm.Forward", 8 * x.Count, 2 * x.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, x, branch: default, weight, bias, epsilon, s: x, y, mean, rstd);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, x, branch: default, weight, bias, epsilon, s: x, y, mean, rstd);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)x.Data, (double*)weight.Data, (double*)bias.Data, rows, columns, epsilon,
                    (double*)y.Data, (double*)mean.Data, (double*)rstd.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, x, branch: 0, weight, bias, epsilon, s: 0, y, mean, rstd);
                break;
            default:
                device.RequirePlanning("LayerNorm.Forward");
                break;
        }
    }

    /// <summary>Adds to dweight and dbias; writes dx, or adds to it.</summary>
    /// <param name="device">Where.</param>
    /// <param name="dy">Gradient of y.</param>
    /// <param name="x">Input of the forward pass.</param>
    /// <param name="weight">Scale.</param>
    /// <param name="mean">From the forward pass.</param>
    /// <param name="rstd">From the forward pass.</param>
    /// <param name="accumulate">Whether dx is added to rather than written.</param>
    /// <param name="dx">Gradient of x, or absent when nobody wants it.</param>
    /// <param name="dweight">Gradient of weight, or absent when it is frozen.</param>
    /// <param name="dbias">Gradient of bias, or absent when it is frozen.</param>
    public static unsafe void Backward(Device device, Tensor dy, Tensor x, Tensor weight, Tensor mean, Tensor rstd, bool accumulate,
        Tensor dx, Tensor dweight, Tensor dbias)
    {
        (int rows, int columns) = CheckShapes("LayerNorm.Backward", x, weight, weight, mean, rstd);
        Check.SameShape("LayerNorm.Backward", nameof(x), x, nameof(dy), dy);
        using OperationScope scope = device.Begin("LayerNorm.Backward", 16 * x.Count, (accumulate ? 4 : 3) * x.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when x.Type == ElementType.BFloat16:
                CpuBackward<BFloat16>(cpu, dy, x, weight, mean, rstd, accumulate, dx, dweight, dbias);
                break;
            case CpuDevice cpu:
                CpuBackward<float>(cpu, dy, x, weight, mean, rstd, accumulate, dx, dweight, dbias);
                break;
            case ReferenceDevice:
                ReferenceBackward((double*)dy.Data, (double*)x.Data, (double*)weight.Data, (double*)mean.Data, (double*)rstd.Data,
                    rows, columns, accumulate, (double*)dx.Data, (double*)dweight.Data, (double*)dbias.Data);
                break;
            case PlanningDevice plan:
                plan.PlanCpuScratch(CpuPartialCount(rows, columns));
                plan.PlanCudaScratch(CudaPartialCount(rows, columns));
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, dy, x, weight, mean, rstd, accumulate, dx, dweight, dbias);
                break;
            default:
                device.RequirePlanning("LayerNorm.Backward");
                break;
        }
    }

    private static (int Rows, int Columns) CheckShapes(string operation, Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor rstd)
    {
        int rows = x.Shape.Rows, columns = x.Shape.Columns;
        Check.HasShape(operation, nameof(weight), weight, new Shape(columns));
        Check.HasShape(operation, nameof(bias), bias, new Shape(columns));
        Check.HasShape(operation, nameof(mean), mean, new Shape(rows));
        Check.HasShape(operation, nameof(rstd), rstd, new Shape(rows));
        return (rows, columns);
    }
}
