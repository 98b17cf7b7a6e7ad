namespace Avion.Compute;

public static partial class LinearGelu
{
    /// <summary>The product with its bias by the library, then GELU over it: the library's own GELU is the tanh form alone.</summary>
    private static void CudaForward(CudaDevice cuda, Tensor x, Tensor weight, Tensor bias, int n, int outputs, int inputs, GeluKind kind, Tensor y,
        Tensor u)
    {
        Tensor sum = u.IsAbsent ? y : u;
        MatrixMultiply.CudaRun(cuda, x, false, weight, true, bias, n, outputs, inputs, accumulate: false, sum);
        Gelu.CudaForward(cuda, sum, kind, y);
    }
}
