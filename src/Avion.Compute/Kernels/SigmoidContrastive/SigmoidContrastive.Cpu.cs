namespace Avion.Compute;

public static partial class SigmoidContrastive
{
    internal static unsafe void CpuForward(CpuDevice cpu, float* x, float* y, int b, int n, int columns, float logScale, float bias,
        int firstLabel, float* rowTerms, float* loss)
    {
        using ScratchLease scratch = PairTiles.Scratch(cpu, b, n);
        PairTiles tiles = new(cpu, x, y, b, n, columns, MathF.Exp(logScale), scratch.Floats);
        tiles.Forward(new Sigmoids { AllRows = n, FirstLabel = firstLabel, Bias = bias, RowLosses = rowTerms });
        *loss = (float)(PairTiles.Sum(rowTerms, b) / Math.Max(1, b));
    }

    internal static unsafe void CpuBackward(CpuDevice cpu, float dloss, float* x, float* y, int b, int n, int columns,
        float logScale, float bias, int firstLabel, float* rowTerms, bool accumulatesRows, float* dx,
        bool accumulatesColumns, float* dy, float* dlogScale, float* dbias)
    {
        float factor = dloss / Math.Max(1, b);
        using ScratchLease scratch = PairTiles.Scratch(cpu, b, n);
        PairTiles tiles = new(cpu, x, y, b, n, columns, MathF.Exp(logScale), scratch.Floats);
        Sigmoids sigmoids = new() { AllRows = n, FirstLabel = firstLabel, Bias = bias };
        if (dx != null || dlogScale != null || dbias != null)
        {
            tiles.BackwardRows(sigmoids with { ScaleTerms = rowTerms, BiasTerms = rowTerms + b }, factor, accumulatesRows, dx);
        }

        if (dlogScale != null)
        {
            *dlogScale += (float)(factor * PairTiles.Sum(rowTerms, b));
        }

        if (dbias != null)
        {
            *dbias += (float)(factor * PairTiles.Sum(rowTerms + b, b));
        }

        if (dy != null)
        {
            tiles.BackwardColumns(sigmoids, factor, accumulatesColumns, dy);
        }
    }

    /// <summary>A logistic regression of each score; its gradient is the probability of belonging
    /// together, less 1 for the partner.</summary>
    private unsafe struct Sigmoids : IPairLoss
    {
        public int AllRows, FirstLabel;
        public float Bias;
        public float* RowLosses, ScaleTerms, BiasTerms;

        public readonly void Forward(float* scores, int row)
        {
            double sum = 0;
            for (int j = 0; j < AllRows; j++)
            {
                // ln(1 + e^u) = max(u, 0) + ln(1 + e^-|u|), with u = -z for the partner and z for all others.
                float u = j == FirstLabel + row ? -(scores[j] + Bias) : scores[j] + Bias;
                sum += Math.Max(u, 0) + Math.Log(1 + Math.Exp(-Math.Abs((double)u)));
            }

            RowLosses[row] = (float)sum;
        }

        public readonly void Gradients(float* scores, int row, int first, int count)
        {
            double scaleSum = 0, biasSum = 0;
            for (int j = 0; j < count; j++)
            {
                float score = scores[j];
                double g = 1 / (1 + Math.Exp(-(double)(score + Bias))) - (first + j == FirstLabel + row ? 1 : 0);
                scores[j] = (float)g;
                scaleSum += g * score;
                biasSum += g;
            }

            if (ScaleTerms != null)
            {
                ScaleTerms[row] = (float)scaleSum;
                BiasTerms[row] = (float)biasSum;
            }
        }
    }
}
