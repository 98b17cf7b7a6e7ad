namespace Avion.Compute;

public static partial class CrossEntropy
{
    private const int CudaThreads = 256;

    private static readonly CudaKernel s_forward = new("CrossEntropy", "cross_entropy_forward");
    private static readonly CudaKernel s_backward = new("CrossEntropy", "cross_entropy_backward");

    private static unsafe void CudaForward(CudaDevice cuda, Tensor logits, Tensor target, Tensor logSumExp, Tensor loss)
    {
        int rows = logits.Shape.Rows;
        using ScratchLease rowLosses = cuda.Scratch.Take(rows);
        cuda.Launch(s_forward, logits.Type, new CudaGrid(rows), CudaThreads,
            [logits.Data, target.Data, logSumExp.Data, (nint)rowLosses.Floats, logits.Shape.Columns]);
        TermSum.Launch(cuda, rowLosses.Floats, rows, 1.0 / Math.Max(1, rows), multiplier: default, accumulate: false, loss);
    }

    private static void CudaBackward(CudaDevice cuda, Tensor dloss, Tensor logits, Tensor target, Tensor logSumExp, bool accumulate,
        Tensor dlogits) =>
        cuda.Launch(s_backward, logits.Type, new CudaGrid(logits.Shape.Rows), CudaThreads,
            [dloss.Data, logits.Data, target.Data, logSumExp.Data, accumulate, dlogits.Data, logits.Shape.Columns]);
}
