namespace Avion.Compute;

public static partial class MatrixMultiply
{
    private const int CudaThreads = 256, CudaTile = 16, BiasAlignment = 16;

    private static readonly CudaKernel s_product = new("MatrixProduct", "matrix_product");
    private static readonly CudaKernel s_wideProduct = new("MatrixProduct", "matrix_product_wide");

    internal static void CudaRun(CudaDevice cuda, Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor bias, int m, int n, int k,
        bool accumulate, Tensor c)
    {
        CheckTypes(a, b, bias, c);
        if (c.Count == 0 || (k == 0 && bias.IsAbsent && accumulate))
        {
            return;
        }

        // A bias that is rounded to another type than the result's, or lies badly, and sums without terms are not the library's.
        bool isOrdinary = k > 0 && (bias.IsAbsent || (bias.Type == c.Type && bias.Data % BiasAlignment == 0));
        if (isOrdinary)
        {
            MatrixProductKind kind = new(transposeA, transposeB, m, n, k, a.Type, c.Type, !bias.IsAbsent, cuda.UsesTf32,
                MatrixProductKind.AlignmentOf(a.Data), MatrixProductKind.AlignmentOf(b.Data), MatrixProductKind.AlignmentOf(c.Data));
            if (cuda.Products.TryRun(kind, a.Data, b.Data, bias.Data, accumulate, c.Data))
            {
                return;
            }
        }

        CudaGrid grid = new(CudaGrid.BlocksOver(m, CudaTile), CudaGrid.BlocksOver(n, CudaTile));
        cuda.Launch(c.Type == a.Type ? s_product : s_wideProduct, a.Type, grid, CudaThreads,
            [a.Data, transposeA, b.Data, transposeB, bias.Data, bias.Type == ElementType.Float32, accumulate, c.Data, m, n, k]);
    }
}
