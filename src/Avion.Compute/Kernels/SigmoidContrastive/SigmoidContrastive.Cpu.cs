namespace Avion.Compute;

public static partial class SigmoidContrastive
{
    private static unsafe void CpuForward(CpuDevice cpu, Tensor x, Tensor y, Tensor logScale, Tensor bias, int firstLabel, Tensor rowTerms,
        Tensor loss)
    {
        int b = x.Shape.Rows;
        float* terms = rowTerms.Pointer<float>();
        using ScratchLease scratch = PairTiles.Scratch(cpu, x, y);
        PairTiles tiles = new(cpu, x, y, MathF.Exp(*logScale.Pointer<float>()), scratch.Floats);
        tiles.Forward(new Sigmoids { AllRows = y.Shape.Rows, FirstLabel = firstLabel, Bias = *bias.Pointer<float>(), RowLosses = terms });
        *loss.Pointer<float>() = (float)(PairTiles.Sum(terms, b) / Math.Max(1, b));
    }

    private static unsafe void CpuBackward(CpuDevice cpu, Tensor dloss, Tensor x, Tensor y, Tensor logScale, Tensor bias, int firstLabel,
        Tensor rowTerms, bool accumulatesRows, Tensor dx, bool accumulatesColumns, Tensor dy, Tensor dlogScale, Tensor dbias)
    {
        int b = x.Shape.Rows;
        float factor = *dloss.Pointer<float>() / Math.Max(1, b);
        float* terms = rowTerms.Pointer<float>();
        using ScratchLease scratch = PairTiles.Scratch(cpu, x, y);
        PairTiles tiles = new(cpu, x, y, MathF.Exp(*logScale.Pointer<float>()), scratch.Floats);
        Sigmoids sigmoids = new() { AllRows = y.Shape.Rows, FirstLabel = firstLabel, Bias = *bias.Pointer<float>() };
        if (!dx.IsAbsent || !dlogScale.IsAbsent || !dbias.IsAbsent)
        {
            tiles.BackwardRows(sigmoids with { ScaleTerms = terms, BiasTerms = terms + b }, factor, accumulatesRows, dx);
        }

        if (!dlogScale.IsAbsent)
        {
            *dlogScale.Pointer<float>() += (float)(factor * PairTiles.Sum(terms, b));
        }

        if (!dbias.IsAbsent)
        {
            *dbias.Pointer<float>() += (float)(factor * PairTiles.Sum(terms + b, b));
        }

        if (!dy.IsAbsent)
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
