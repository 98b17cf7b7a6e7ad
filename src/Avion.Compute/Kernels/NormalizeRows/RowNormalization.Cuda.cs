namespace Avion.Compute;

public static partial class RowNormalization
{
    private const int CudaThreads = 256, CudaRowsPerBlock = 8;

    private static readonly CudaKernel s_forward = new("NormalizeRows", "normalize_rows_forward");
    private static readonly CudaKernel s_backward = new("NormalizeRows", "normalize_rows_backward");

    private static void CudaForward(CudaDevice cuda, Tensor x, Tensor y, Tensor inverseNorms) =>
        cuda.Launch(s_forward, x.Type, CudaGridOf(x), CudaThreads, [x.Data, y.Data, inverseNorms.Data, x.Shape.Rows, x.Shape.Columns]);

    private static void CudaBackward(CudaDevice cuda, Tensor dy, Tensor y, Tensor inverseNorms, bool accumulate, Tensor dx) =>
        cuda.Launch(s_backward, y.Type, CudaGridOf(y), CudaThreads,
            [dy.Data, y.Data, inverseNorms.Data, accumulate, dx.Data, y.Shape.Rows, y.Shape.Columns]);

    private static CudaGrid CudaGridOf(Tensor rows) => CudaGrid.Over(rows.Shape.Rows, CudaRowsPerBlock);
}
