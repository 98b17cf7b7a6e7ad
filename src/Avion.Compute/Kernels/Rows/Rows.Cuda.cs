namespace Avion.Compute;

public static partial class Rows
{
    private const int CudaThreads = 256, CudaRowsPerBlock = 8;

    private static readonly CudaKernel s_gather = new("Rows", "gather_rows"), s_scatterAdd = new("Rows", "scatter_add_rows");
    private static readonly CudaKernel s_scatterAddToFloat = new("Rows", "scatter_add_rows_to_float");

    private static void CudaGather(CudaDevice cuda, Tensor x, Tensor rows, bool accumulate, Tensor y) =>
        cuda.Launch(s_gather, y.Type, CudaGridOf(y), CudaThreads,
            [x.Data, rows.Data, accumulate, y.Data, y.Shape.Rows, x.Shape.Rows, y.Shape.Columns]);

    private static void CudaScatterAdd(CudaDevice cuda, Tensor dy, Tensor rows, bool accumulate, Tensor dx)
    {
        if (!accumulate)
        {
            cuda.Clear(dx);
        }

        cuda.Launch(dx.Type == dy.Type ? s_scatterAdd : s_scatterAddToFloat, dy.Type, CudaGridOf(dy), CudaThreads,
            [dy.Data, rows.Data, dx.Data, dy.Shape.Rows, dx.Shape.Rows, dy.Shape.Columns]);
    }

    private static CudaGrid CudaGridOf(Tensor rows) => new((rows.Shape.Rows + CudaRowsPerBlock - 1) / CudaRowsPerBlock);
}
