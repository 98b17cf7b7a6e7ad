namespace Avion.Compute;

public static partial class Contrastive
{
    internal static unsafe void CpuForward(CpuDevice cpu, float* x, float* y, int b, int n, int columns, float logScale, int firstLabel,
        float weight, float* rowTerms, float* lse, float* loss, float* accuracy)
    {
        using ScratchLease scratch = PairTiles.Scratch(cpu, b, n);
        PairTiles tiles = new(cpu, x, y, b, n, columns, MathF.Exp(logScale), scratch.Floats);
        tiles.Forward(new Softmax { AllRows = n, FirstLabel = firstLabel, Lse = lse, RowLosses = rowTerms, RowHits = rowTerms + b });
        *loss += (float)(weight * PairTiles.Sum(rowTerms, b) / Math.Max(1, b));
        if (accuracy != null)
        {
            *accuracy = (float)(PairTiles.Sum(rowTerms + b, b) / Math.Max(1, b));
        }
    }

    internal static unsafe void CpuBackwardRows(CpuDevice cpu, float dloss, float* x, float* y, int b, int n, int columns, float logScale,
        int firstLabel, float weight, float* lse, float* rowTerms, bool accumulate, float* dx, float* dlogScale)
    {
        float factor = dloss * weight / Math.Max(1, b);
        using ScratchLease scratch = PairTiles.Scratch(cpu, b, n);
        PairTiles tiles = new(cpu, x, y, b, n, columns, MathF.Exp(logScale), scratch.Floats);
        tiles.BackwardRows(new Softmax { AllRows = n, FirstLabel = firstLabel, Lse = lse, ScaleTerms = rowTerms }, factor, accumulate, dx);
        if (dlogScale != null)
        {
            *dlogScale += (float)(factor * PairTiles.Sum(rowTerms, b));
        }
    }

    internal static unsafe void CpuBackwardColumns(CpuDevice cpu, float dloss, float* x, float* y, int b, int n, int columns,
        float logScale, int firstLabel, float weight, float* lse, bool accumulate, float* dy)
    {
        using ScratchLease scratch = PairTiles.Scratch(cpu, b, n);
        PairTiles tiles = new(cpu, x, y, b, n, columns, MathF.Exp(logScale), scratch.Floats);
        tiles.BackwardColumns(new Softmax { AllRows = n, FirstLabel = firstLabel, Lse = lse }, dloss * weight / Math.Max(1, b),
            accumulate, dy);
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
