namespace Avion.Compute;

public static partial class MarginRanking
{
    private static unsafe void CpuForward(CpuDevice cpu, Tensor x, Tensor y, MarginRule rule, Tensor relevancy, bool transposesRelevancy,
        int firstLabel, float weight, Tensor rowTerms, Tensor loss)
    {
        int b = x.Shape.Rows, n = y.Shape.Rows;
        float* terms = rowTerms.Pointer<float>();
        using ScratchLease scratch = PairTiles.Scratch(cpu, x, y);
        PairTiles tiles = new(cpu, x, y, 1, scratch.Floats);
        tiles.Forward(new Margins(rule, relevancy.Pointer<float>(), transposesRelevancy, n, firstLabel, terms, b));
        *loss.Pointer<float>() += (float)(PairWeight(b, n, weight) * PairTiles.Sum(terms, b));
    }

    private static unsafe void CpuBackward(CpuDevice cpu, Tensor dloss, Tensor x, Tensor y, MarginRule rule, Tensor relevancy,
        bool transposesRelevancy, int firstLabel, float weight, Tensor rowTerms, bool accumulatesRows, Tensor dx, bool accumulatesColumns,
        Tensor dy)
    {
        int b = x.Shape.Rows, n = y.Shape.Rows;
        float factor = (float)(*dloss.Pointer<float>() * PairWeight(b, n, weight));
        using ScratchLease scratch = PairTiles.Scratch(cpu, x, y);
        PairTiles tiles = new(cpu, x, y, 1, scratch.Floats);
        Margins margins = new(rule, relevancy.Pointer<float>(), transposesRelevancy, n, firstLabel, rowTerms.Pointer<float>(), b);
        if (!dx.IsAbsent)
        {
            tiles.BackwardRows(margins, factor, accumulatesRows, dx);
        }

        if (!dy.IsAbsent)
        {
            tiles.BackwardColumns(margins, factor, accumulatesColumns, dy);
        }
    }

    /// <summary>Row terms are the loss of each row, its partner's similarity, and the gradient of that similarity.</summary>
    private readonly unsafe struct Margins(MarginRule rule, float* relevancy, bool transposesRelevancy, int allRows, int firstLabel,
        float* rowTerms, int ownRows) : IPairLoss
    {
        public void Forward(float* scores, int row)
        {
            int label = firstLabel + row;
            float partner = scores[label];
            double loss = 0, slopes = 0;
            for (int j = 0; j < allRows; j++)
            {
                if (j != label)
                {
                    (double pairLoss, double slope) = Of(partner, scores[j], label, j);
                    loss += pairLoss;
                    slopes += slope;
                }
            }

            rowTerms[row] = (float)loss;
            rowTerms[ownRows + row] = partner;
            rowTerms[(2 * ownRows) + row] = (float)-slopes;
        }

        public void Gradients(float* scores, int row, int first, int count)
        {
            int label = firstLabel + row;
            float partner = rowTerms[ownRows + row];
            for (int j = 0; j < count; j++)
            {
                scores[j] = first + j == label ? rowTerms[(2 * ownRows) + row] : (float)Of(partner, scores[j], label, first + j).Slope;
            }
        }

        private (double Loss, double Slope) Of(float partner, float score, int label, int j)
        {
            // The difference is rounded once to float32, as both similarities are: equal similarities then differ by exactly 0.
            float difference = partner - score;
            return relevancy == null ? rule.Of(difference, 0, 0) : rule.Of(difference, Relevancy(label, label), Relevancy(label, j));
        }

        private float Relevancy(int i, int j) => relevancy[transposesRelevancy ? ((long)j * allRows) + i : ((long)i * allRows) + j];
    }
}
