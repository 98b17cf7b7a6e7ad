// M rows · N columns · K terms
namespace Avion.Compute;

/// <summary>Multiplies two matrices, either transposed where asked, and adds a bias to each row.</summary>
/// <remarks>
/// C = op(A) · op(B) + bias, or C += op(A) · op(B); op(A) is [M, K], op(B) is [K, N], C is [M, N]; bias [N] is optional.
/// A and B are of one type, bfloat16 or float32; C and the bias are of that type or float32.
/// Aliasing: C is neither A nor B. Numerics: float32 sums in the matrix library's order, the same for any number of threads; a C of bfloat16
/// is rounded once, bias or what is added to included; products
/// of float32 are not rounded to TF32 unless the device is told to (<see cref="CudaDevice.UsesTf32"/>).
/// Cost: 2 M·N·K operations; M·K + K·N + M·N elements of traffic (M·N more when adding).
/// </remarks>
public static partial class MatrixMultiply
{
    /// <summary>Computes C.</summary>
    /// <param name="device">Where.</param>
    /// <param name="a">[M, K], or [K, M] if transposed.</param>
    /// <param name="transposeA">Whether A is stored transposed.</param>
    /// <param name="b">[K, N], or [N, K] if transposed.</param>
    /// <param name="transposeB">Whether B is stored transposed.</param>
    /// <param name="bias">[N], or absent; absent when adding.</param>
    /// <param name="accumulate">Whether the product is added to C rather than written.</param>
    /// <param name="c">[M, N].</param>
    public static unsafe void Run(Device device, Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor bias,
        bool accumulate, Tensor c)
    {
        (int m, int n, int k) = CheckShapes("MatrixMultiply", a, transposeA, b, transposeB, bias, c);
        using OperationScope scope = device.Begin("MatrixMultiply", Flops(m, n, k),
            a.ByteCount + b.ByteCount + ((accumulate ? 2 : 1) * c.ByteCount));
        switch (device)
        {
            case CpuDevice cpu:
                CpuRun(cpu, a, transposeA, b, transposeB, bias, accumulate, c);
                break;
            case ReferenceDevice:
                ReferenceRun((double*)a.Data, transposeA, (double*)b.Data, transposeB, (double*)bias.Data, m, n, k, accumulate,
                    (double*)c.Data);
                break;
            case PlanningDevice plan:
                MatrixProduct.Plan(plan, a.Type, c.Type, transposeA, transposeB, m, n, k);
                break;
            case CudaDevice cuda:
                CudaRun(cuda, a, transposeA, b, transposeB, bias, m, n, k, accumulate, c);
                break;
            default:
                device.RequirePlanning("MatrixMultiply");
                break;
        }
    }

    /// <summary>Operations of a product; a multiplication and an addition count as two.</summary>
    internal static long Flops(int m, int n, int k) => 2L * m * n * k;

    internal static void CheckTypes(Tensor a, Tensor b, Tensor bias, Tensor c)
    {
        if (a.Type != b.Type || (c.Type != a.Type && c.Type != ElementType.Float32)
            || (!bias.IsAbsent && bias.Type != a.Type && bias.Type != ElementType.Float32))
        {
            throw new ArgumentException($"MatrixMultiply: got {a} times {b}{(bias.IsAbsent ? "" : $" and bias {bias}")} to {c}; expected factors of "
                + "one type, and result and bias of that type or of Float32.");
        }
    }

    internal static (int M, int N, int K) CheckShapes(string operation, Tensor a, bool transposeA, Tensor b, bool transposeB,
        Tensor bias, Tensor c)
    {
        int m = transposeA ? a.Shape.Columns : a.Shape.Rows, k = transposeA ? a.Shape.Rows : a.Shape.Columns;
        int n = transposeB ? b.Shape.Rows : b.Shape.Columns;
        Check.HasShape(operation, nameof(b), b, transposeB ? new Shape(n, k) : new Shape(k, n));
        Check.HasShape(operation, nameof(c), c, new Shape(m, n));
        if (!bias.IsAbsent)
        {
            Check.HasShape(operation, nameof(bias), bias, new Shape(n));
        }

        return (m, n, k);
    }
}
