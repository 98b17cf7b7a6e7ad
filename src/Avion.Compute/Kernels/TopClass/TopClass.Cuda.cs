namespace Avion.Compute;

public static partial class TopClass
{
    private const int CudaThreads = 256, CudaRowsPerBlock = 8;

    private static readonly CudaKernel s_hits = new("TopClass", "top_class");

    private static unsafe void CudaForward(CudaDevice cuda, Tensor logits, Tensor target, Tensor accuracy)
    {
        int rows = logits.Shape.Rows;
        using ScratchLease hits = cuda.Scratch.Take(rows);
        cuda.Launch(s_hits, logits.Type, CudaGrid.Over(rows, CudaRowsPerBlock), CudaThreads,
            [logits.Data, target.Data, (nint)hits.Floats, rows, logits.Shape.Columns]);
        TermSum.Launch(cuda, hits.Floats, rows, 1.0 / Math.Max(1, rows), multiplier: default, accumulate: false, accuracy);
    }
}
