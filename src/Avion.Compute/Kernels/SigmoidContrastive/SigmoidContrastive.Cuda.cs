namespace Avion.Compute;

public static partial class SigmoidContrastive
{
    private static readonly CudaKernel s_forward = new("SigmoidContrastive", "sigmoid_contrastive_forward");
    private static readonly CudaKernel s_rows = new("SigmoidContrastive", "sigmoid_contrastive_rows");
    private static readonly CudaKernel s_columns = new("SigmoidContrastive", "sigmoid_contrastive_columns");

    private static unsafe void CudaForward(CudaDevice cuda, Tensor x, Tensor y, Tensor logScale, Tensor bias, int firstLabel, Tensor rowTerms,
        Tensor loss)
    {
        int b = x.Shape.Rows;
        cuda.Launch(s_forward, x.Type, CudaPairs.GridOf(x), CudaPairs.Threads,
            [x.Data, b, y.Data, y.Shape.Rows, x.Shape.Columns, logScale.Data, bias.Data, firstLabel, rowTerms.Data]);
        TermSum.Launch(cuda, (float*)rowTerms.Data, b, 1.0 / Math.Max(1, b), multiplier: default, accumulate: false, loss);
    }

    private static unsafe void CudaBackward(CudaDevice cuda, Tensor dloss, Tensor x, Tensor y, Tensor logScale, Tensor bias, int firstLabel,
        Tensor rowTerms, bool accumulatesRows, Tensor dx, bool accumulatesColumns, Tensor dy, Tensor dlogScale, Tensor dbias)
    {
        int b = x.Shape.Rows, n = y.Shape.Rows, columns = x.Shape.Columns;
        float factor = 1f / Math.Max(1, b);
        float* terms = (float*)rowTerms.Data;
        if (!dx.IsAbsent || !dlogScale.IsAbsent || !dbias.IsAbsent)
        {
            cuda.Launch(s_rows, x.Type, CudaPairs.GridOf(x, dx), CudaPairs.Threads,
            [
                dloss.Data, factor, x.Data, b, y.Data, n, columns, logScale.Data, bias.Data, firstLabel, rowTerms.Data, accumulatesRows, dx.Data,
            ]);
        }

        if (!dlogScale.IsAbsent)
        {
            TermSum.Launch(cuda, terms, b, factor, dloss, accumulate: true, dlogScale);
        }

        if (!dbias.IsAbsent)
        {
            TermSum.Launch(cuda, terms + b, b, factor, dloss, accumulate: true, dbias);
        }

        if (!dy.IsAbsent)
        {
            cuda.Launch(s_columns, x.Type, CudaPairs.GridOf(y, dy), CudaPairs.Threads,
                [dloss.Data, factor, x.Data, b, y.Data, n, columns, logScale.Data, bias.Data, firstLabel, accumulatesColumns, dy.Data]);
        }
    }
}
