namespace Avion.Compute;

public static partial class Contrastive
{
    private static unsafe void CpuForward(CpuDevice cpu, Tensor x, Tensor y, Tensor logScale, int firstLabel, float weight, Tensor rowTerms,
        Tensor lse, Tensor loss, Tensor accuracy)
    {
        int b = x.Shape.Rows;
        float* terms = rowTerms.Pointer<float>();
        using ScratchLease scratch = PairTiles.Scratch(cpu, x, y);
        PairTiles tiles = new(cpu, x, y, MathF.Exp(*logScale.Pointer<float>()), scratch.Floats);
        tiles.Forward(new Softmax
        {
            AllRows = y.Shape.Rows, FirstLabel = firstLabel, Lse = lse.Pointer<float>(), RowLosses = terms, RowHits = terms + b,
        });
        *loss.Pointer<float>() += (float)(weight * PairTiles.Sum(terms, b) / Math.Max(1, b));
        if (!accuracy.IsAbsent)
        {
            *accuracy.Pointer<float>() = (float)(PairTiles.Sum(terms + b, b) / Math.Max(1, b));
        }
    }

    private static unsafe void CpuBackwardRows(CpuDevice cpu, Tensor dloss, Tensor x, Tensor y, Tensor logScale, int firstLabel,
        float weight, Tensor lse, Tensor rowTerms, bool accumulate, Tensor dx, Tensor dlogScale)
    {
        int b = x.Shape.Rows;
        float factor = *dloss.Pointer<float>() * weight / Math.Max(1, b);
        float* terms = rowTerms.Pointer<float>();
        using ScratchLease scratch = PairTiles.Scratch(cpu, x, y);
        PairTiles tiles = new(cpu, x, y, MathF.Exp(*logScale.Pointer<float>()), scratch.Floats);
        Softmax softmax = new() { AllRows = y.Shape.Rows, FirstLabel = firstLabel, Lse = lse.Pointer<float>(), ScaleTerms = terms };
        tiles.BackwardRows(softmax, factor, accumulate, dx);
        if (!dlogScale.IsAbsent)
        {
            *dlogScale.Pointer<float>() += (float)(factor * PairTiles.Sum(terms, b));
        }
    }

    private static unsafe void CpuBackwardColumns(CpuDevice cpu, Tensor dloss, Tensor x, Tensor y, Tensor logScale, int firstLabel,
        float weight, Tensor lse, bool accumulate, Tensor dy)
    {
        using ScratchLease scratch = PairTiles.Scratch(cpu, x, y);
        PairTiles tiles = new(cpu, x, y, MathF.Exp(*logScale.Pointer<float>()), scratch.Floats);
        tiles.BackwardColumns(new Softmax { AllRows = y.Shape.Rows, FirstLabel = firstLabel, Lse = lse.Pointer<float>() },
            *dloss.Pointer<float>() * weight / Math.Max(1, x.Shape.Rows), accumulate, dy);
    }

    /// <summary>Cross-entropy of the softmax over each row's scores; the gradient of a score is its
    /// probability, less 1 for the partner.</summary>
    private unsafe struct Softmax : IPairLoss
    {
        public int AllRows, FirstLabel;
        public float* Lse, RowLosses, RowHits, ScaleTerms;

        public readonly void Forward(float* scores, int row)
        {
            int label = FirstLabel + row;
            float partner = scores[label], largest = RowSoftmax.Max(scores, AllRows);
            RowHits[row] = new ReadOnlySpan<float>(scores, AllRows).IndexOf(largest) == label ? 1 : 0;
            Lse[row] = largest + MathF.Log(RowSoftmax.ExpMinus(scores, AllRows, largest));
            RowLosses[row] = Lse[row] - partner;
        }

        public readonly void Gradients(float* scores, int row, int first, int count)
        {
            int label = FirstLabel + row - first;
            bool hasLabel = (uint)label < (uint)count;
            float partner = hasLabel ? scores[label] : 0;
            float dot = RowSoftmax.ExpMinusAndDot(scores, count, Lse[row]);
            if (ScaleTerms != null)
            {
                ScaleTerms[row] = dot - partner;
            }

            if (hasLabel)
            {
                scores[label] -= 1;
            }
        }
    }
}
