namespace Avion.Compute;

public static partial class Contrastive
{
    private static readonly CudaKernel s_forward = new("Contrastive", "contrastive_forward");
    private static readonly CudaKernel s_rows = new("Contrastive", "contrastive_rows"), s_columns = new("Contrastive", "contrastive_columns");

    private static unsafe void CudaForward(CudaDevice cuda, Tensor x, Tensor y, Tensor logScale, int firstLabel, float weight, Tensor rowTerms,
        Tensor lse, Tensor loss, Tensor accuracy)
    {
        int b = x.Shape.Rows;
        float* terms = (float*)rowTerms.Data;
        cuda.Launch(s_forward, x.Type, CudaPairs.GridOf(x), CudaPairs.Threads,
            [x.Data, b, y.Data, y.Shape.Rows, x.Shape.Columns, logScale.Data, firstLabel, rowTerms.Data, lse.Data]);
        TermSum.Launch(cuda, terms, b, (double)weight / Math.Max(1, b), multiplier: default, accumulate: true, loss);
        if (!accuracy.IsAbsent)
        {
            TermSum.Launch(cuda, terms + b, b, 1.0 / Math.Max(1, b), multiplier: default, accumulate: false, accuracy);
        }
    }

    private static unsafe void CudaBackwardRows(CudaDevice cuda, Tensor dloss, Tensor x, Tensor y, Tensor logScale, int firstLabel,
        float weight, Tensor lse, Tensor rowTerms, bool accumulate, Tensor dx, Tensor dlogScale)
    {
        int b = x.Shape.Rows;
        float factor = weight / Math.Max(1, b);
        cuda.Launch(s_rows, x.Type, CudaPairs.GridOf(x, dx), CudaPairs.Threads,
        [
            dloss.Data, factor, x.Data, b, y.Data, y.Shape.Rows, x.Shape.Columns, logScale.Data, firstLabel, lse.Data, rowTerms.Data,
            accumulate, dx.Data,
        ]);
        if (!dlogScale.IsAbsent)
        {
            TermSum.Launch(cuda, (float*)rowTerms.Data, b, factor, dloss, accumulate: true, dlogScale);
        }
    }

    private static void CudaBackwardColumns(CudaDevice cuda, Tensor dloss, Tensor x, Tensor y, Tensor logScale, int firstLabel, float weight,
        Tensor lse, bool accumulate, Tensor dy) =>
        cuda.Launch(s_columns, x.Type, CudaPairs.GridOf(y, dy), CudaPairs.Threads,
        [
            dloss.Data, weight / Math.Max(1, x.Shape.Rows), x.Data, x.Shape.Rows, y.Data, y.Shape.Rows, x.Shape.Columns, logScale.Data,
            firstLabel, lse.Data, accumulate, dy.Data,
        ]);
}
