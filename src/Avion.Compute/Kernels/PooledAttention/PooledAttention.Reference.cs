namespace Avion.Compute;

public static partial class PooledAttention
{
    internal static unsafe void ReferenceForward(double* q, double* keyValue, SequenceOffsets offsets, int width, int headCount,
        double* y, double* logSumExp)
    {
        int headSize = width / headCount;
        double scale = 1 / Math.Sqrt(headSize);
        for (int b = 0; b < offsets.Count; b++)
        {
            for (int a = 0; a < headCount; a++)
            {
                double* query = q + ((long)b * width) + (a * headSize), result = y + ((long)b * width) + (a * headSize);
                double* firstKey = keyValue + ((long)offsets.Start(b) * 2 * width) + (a * headSize);
                double largest = double.NegativeInfinity, sum = 0;
                for (int j = 0; j < offsets.Length(b); j++)
                {
                    largest = Math.Max(largest, scale * ReferenceDot(query, firstKey + (2L * j * width), headSize));
                }

                new Span<double>(result, headSize).Clear();
                for (int j = 0; j < offsets.Length(b); j++)
                {
                    double* key = firstKey + (2L * j * width), value = key + width;
                    double weight = Math.Exp((scale * ReferenceDot(query, key, headSize)) - largest);
                    sum += weight;
                    for (int k = 0; k < headSize; k++)
                    {
                        result[k] += weight * value[k];
                    }
                }

                for (int k = 0; k < headSize && sum > 0; k++)
                {
                    result[k] /= sum;
                }

                logSumExp[((long)b * headCount) + a] = largest + Math.Log(sum);
            }
        }
    }

    internal static unsafe void ReferenceBackward(double* dy, double* q, double* keyValue, double* y, double* logSumExp,
        SequenceOffsets offsets, int width, int headCount, bool accumulateQ, bool accumulateKeyValue, double* dq, double* dkeyValue)
    {
        int headSize = width / headCount;
        double scale = 1 / Math.Sqrt(headSize);
        for (int b = 0; b < offsets.Count; b++)
        {
            for (int a = 0; a < headCount; a++)
            {
                long head = ((long)b * width) + (a * headSize), first = ((long)offsets.Start(b) * 2 * width) + (a * headSize);
                double delta = ReferenceDot(dy + head, y + head, headSize);
                for (int k = 0; k < headSize && !accumulateQ; k++)
                {
                    dq[head + k] = 0;
                }

                for (int j = 0; j < offsets.Length(b); j++)
                {
                    long key = first + (2L * j * width), value = key + width;
                    double p = Math.Exp((scale * ReferenceDot(q + head, keyValue + key, headSize)) - logSumExp[((long)b * headCount) + a]);
                    double s = scale * p * (ReferenceDot(dy + head, keyValue + value, headSize) - delta);
                    for (int k = 0; k < headSize; k++)
                    {
                        dq[head + k] += s * keyValue[key + k];
                        dkeyValue[key + k] = (accumulateKeyValue ? dkeyValue[key + k] : 0) + (s * q[head + k]);
                        dkeyValue[value + k] = (accumulateKeyValue ? dkeyValue[value + k] : 0) + (p * dy[head + k]);
                    }
                }
            }
        }
    }

    private static unsafe double ReferenceDot(double* left, double* right, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }
}
