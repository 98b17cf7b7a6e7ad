namespace Avion.Compute;

public static partial class CrossEntropy
{
    internal static unsafe void ReferenceForward(double* logits, double* target, int rows, int columns, double* logSumExp, double* loss)
    {
        double total = 0;
        for (int b = 0; b < rows; b++, logits += columns, target += columns)
        {
            double largest = double.NegativeInfinity, sum = 0;
            for (int c = 0; c < columns; c++)
            {
                largest = Math.Max(largest, logits[c]);
            }

            for (int c = 0; c < columns; c++)
            {
                sum += Math.Exp(logits[c] - largest);
            }

            logSumExp[b] = largest + Math.Log(sum);
            for (int c = 0; c < columns; c++)
            {
                total += target[c] * (logSumExp[b] - logits[c]);
            }
        }

        *loss = rows == 0 ? 0 : total / rows;
    }

    internal static unsafe void ReferenceBackward(double dloss, double* logits, double* target, double* logSumExp, int rows, int columns,
        bool accumulate, double* dlogits)
    {
        for (int b = 0; b < rows; b++, logits += columns, target += columns, dlogits += columns)
        {
            double mass = 0;
            for (int c = 0; c < columns; c++)
            {
                mass += target[c];
            }

            for (int c = 0; c < columns; c++)
            {
                double value = dloss / rows * ((Math.Exp(logits[c] - logSumExp[b]) * mass) - target[c]);
                dlogits[c] = (accumulate ? dlogits[c] : 0) + value;
            }
        }
    }
}
