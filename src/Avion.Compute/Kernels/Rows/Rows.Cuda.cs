namespace Avion.Compute;

public static partial class Rows
{
    private const int CudaThreads = 256, CudaRowsPerBlock = 8;

    // What a warp takes of a row at once.
    private const int CudaRowBytes = 512;

    private static readonly CudaKernel s_gather = new("Rows", "gather_rows"), s_scatterAdd = new("Rows", "scatter_add_rows");
    private static readonly CudaKernel s_note = new("Rows", "note_rows"), s_scatterAddToFloat = new("Rows", "scatter_add_rows_to_float");

    private static void CudaGather(CudaDevice cuda, Tensor x, Tensor rows, bool accumulate, Tensor y) =>
        cuda.Launch(s_gather, y.Type, CudaGridOf(y), CudaThreads,
            [x.Data, rows.Data, accumulate, y.Data, y.Shape.Rows, x.Shape.Rows, y.Shape.Columns]);

    private static unsafe void CudaScatterAdd(CudaDevice cuda, Tensor dy, Tensor rows, bool accumulate, Tensor dx)
    {
        if (!accumulate)
        {
            cuda.Clear(dx);
        }

        int rowCount = dy.Shape.Rows, tableRows = dx.Shape.Rows, columns = dy.Shape.Columns;
        if (rowCount == 0)
        {
            return;
        }

        // Whole numbers of 32 bits, as many as floats: where each number of the table occurs first, and how often.
        using ScratchLease scratch = cuda.Scratch.Take(2L * tableRows);
        nint firsts = (nint)scratch.Floats, counts = (nint)(scratch.Floats + tableRows);
        cuda.Clear(Tensor.Wrap(firsts, new Shape(2, tableRows), ElementType.Int32));
        cuda.Launch(s_note, ElementType.Float32, CudaGrid.Over(rowCount, CudaThreads), CudaThreads,
            [rows.Data, firsts, counts, rowCount, tableRows]);
        CudaGrid grid = CudaGridOf(dy) with { Y = CudaGrid.BlocksOver((long)columns * dy.Type.SizeInBytes(), CudaRowBytes) };
        cuda.Launch(dx.Type == dy.Type ? s_scatterAdd : s_scatterAddToFloat, dy.Type, grid, CudaThreads,
            [dy.Data, rows.Data, firsts, counts, dx.Data, rowCount, columns]);
    }

    private static CudaGrid CudaGridOf(Tensor rows) => CudaGrid.Over(rows.Shape.Rows, CudaRowsPerBlock);
}
