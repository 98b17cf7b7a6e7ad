namespace Avion.Compute;

public static partial class MarginRanking
{
    private static readonly CudaKernel s_forward = new("MarginRanking", "margin_ranking_forward");
    private static readonly CudaKernel s_rows = new("MarginRanking", "margin_ranking_rows");
    private static readonly CudaKernel s_columns = new("MarginRanking", "margin_ranking_columns");

    private static unsafe void CudaForward(CudaDevice cuda, Tensor x, Tensor y, MarginRule rule, Tensor relevancy, bool transposesRelevancy,
        int firstLabel, float weight, Tensor rowTerms, Tensor loss)
    {
        int b = x.Shape.Rows, n = y.Shape.Rows;
        cuda.Launch(s_forward, x.Type, CudaPairs.GridOf(x), CudaPairs.Threads,
        [
            x.Data, b, y.Data, n, x.Shape.Columns, (int)rule.Kind, rule.Margin, rule.Threshold, rule.Tolerance, relevancy.Data,
            transposesRelevancy, firstLabel, rowTerms.Data,
        ]);
        TermSum.Launch(cuda, (float*)rowTerms.Data, b, PairWeight(b, n, weight), multiplier: default, accumulate: true, loss);
    }

    private static void CudaBackward(CudaDevice cuda, Tensor dloss, Tensor x, Tensor y, MarginRule rule, Tensor relevancy,
        bool transposesRelevancy, int firstLabel, float weight, Tensor rowTerms, bool accumulatesRows, Tensor dx, bool accumulatesColumns,
        Tensor dy)
    {
        if (!dx.IsAbsent)
        {
            Launch(s_rows, x, accumulatesRows, dx);
        }

        if (!dy.IsAbsent)
        {
            Launch(s_columns, y, accumulatesColumns, dy);
        }

        void Launch(CudaKernel kernel, Tensor kept, bool accumulates, Tensor gradient)
        {
            int b = x.Shape.Rows, n = y.Shape.Rows;
            cuda.Launch(kernel, x.Type, CudaPairs.GridOf(kept, gradient), CudaPairs.Threads,
            [
                dloss.Data, (float)PairWeight(b, n, weight), x.Data, b, y.Data, n, x.Shape.Columns, (int)rule.Kind, rule.Margin,
                rule.Threshold, rule.Tolerance, relevancy.Data, transposesRelevancy, firstLabel, rowTerms.Data, accumulates, gradient.Data,
            ]);
        }
    }
}
