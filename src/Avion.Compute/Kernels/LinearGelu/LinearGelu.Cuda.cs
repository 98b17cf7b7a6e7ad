namespace Avion.Compute;

public static partial class LinearGelu
{
    // In the order of GeluKind.
    private static readonly CudaColumnKernel[] s_backward =
    [
        new("LinearGelu", "linear_gelu_erf_backward"),
        new("LinearGelu", "linear_gelu_quick_backward"),
        new("LinearGelu", "linear_gelu_tanh_backward"),
    ];

    /// <summary>The product with its bias by the library, then GELU over it: the library's own GELU is the tanh form alone.</summary>
    private static void CudaForward(CudaDevice cuda, Tensor x, Tensor weight, Tensor bias, int n, int outputs, int inputs, GeluKind kind,
        Tensor y, Tensor u)
    {
        Tensor sum = u.IsAbsent ? y : u;
        MatrixMultiply.CudaRun(cuda, x, false, weight, true, bias, n, outputs, inputs, accumulate: false, sum);
        Gelu.CudaForward(cuda, sum, kind, y);
    }

    private static unsafe void CudaBackward(CudaDevice cuda, Tensor dy, GeluKind kind, Tensor u, Tensor dbias)
    {
        int rows = dy.Shape.Rows, columns = dy.Shape.Columns, parts = CudaColumnKernel.PartCount(rows);
        using ScratchLease scratch = cuda.Scratch.Take((long)parts * columns);
        nint sums = dbias.IsAbsent ? 0 : (nint)scratch.Floats;
        s_backward[(int)kind].Launch(cuda, dy.Type, columns, dy.Data | u.Data, parts, [dy.Data, u.Data, sums, rows, columns]);
        if (!dbias.IsAbsent)
        {
            ColumnSum.CudaAddParts(cuda, sums, parts, dbias);
        }
    }
}
