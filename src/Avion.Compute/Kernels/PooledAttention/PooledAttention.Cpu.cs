namespace Avion.Compute;

public static partial class PooledAttention
{
    internal static unsafe void CpuForward(WorkerPool workers, float* q, float* keyValue, SequenceOffsets offsets, int width, int headCount,
        float* y, float* logSumExp)
    {
        ForwardWork work = new()
        {
            Q = q, KeyValue = keyValue, Offsets = offsets, Width = width, HeadCount = headCount, Y = y, LogSumExp = logSumExp,
        };
        workers.Run(offsets.Count, ref work);
    }

    internal static unsafe void CpuBackward(WorkerPool workers, float* dy, float* q, float* keyValue, float* y, float* logSumExp,
        SequenceOffsets offsets, int width, int headCount, bool accumulateQ, bool accumulateKeyValue, float* dq, float* dkeyValue)
    {
        BackwardWork work = new()
        {
            Dy = dy, Q = q, KeyValue = keyValue, Y = y, LogSumExp = logSumExp, Offsets = offsets, Width = width, HeadCount = headCount,
            AccumulateQ = accumulateQ, AccumulateKeyValue = accumulateKeyValue, Dq = dq, DkeyValue = dkeyValue,
        };
        workers.Run(offsets.Count, ref work);
    }

    private unsafe struct ForwardWork : IParallelWork
    {
        public float* Q, KeyValue, Y, LogSumExp;
        public SequenceOffsets Offsets;
        public int Width, HeadCount;

        // A chunk is a sequence. Tokens are the outer loop, so that keys and values are read once and in order.
        public readonly void Execute(int chunk, int worker)
        {
            int b = chunk, headSize = Width / HeadCount;
            float scale = 1 / MathF.Sqrt(headSize);
            float* query = Q + ((long)b * Width), result = Y + ((long)b * Width), largest = LogSumExp + ((long)b * HeadCount);
            Span<float> sums = stackalloc float[HeadCount];
            sums.Clear();
            new Span<float>(result, Width).Clear();
            new Span<float>(largest, HeadCount).Fill(float.NegativeInfinity);
            for (int j = Offsets.Start(b); j < Offsets.Start(b) + Offsets.Length(b); j++)
            {
                float* key = KeyValue + ((long)j * 2 * Width), value = key + Width;
                for (int a = 0; a < HeadCount; a++)
                {
                    int head = a * headSize;
                    float score = scale * RowArithmetic.Dot(query + head, key + head, headSize);
                    if (score > largest[a])
                    {
                        float shrink = MathF.Exp(largest[a] - score);
                        RowArithmetic.Scale(result + head, shrink, headSize, accumulate: false, result + head);
                        sums[a] *= shrink;
                        largest[a] = score;
                    }

                    float weight = MathF.Exp(score - largest[a]);
                    sums[a] += weight;
                    RowArithmetic.Scale(value + head, weight, headSize, accumulate: true, result + head);
                }
            }

            for (int a = 0; a < HeadCount && Offsets.Length(b) > 0; a++)
            {
                RowArithmetic.Scale(result + (a * headSize), 1 / sums[a], headSize, accumulate: false, result + (a * headSize));
                largest[a] += MathF.Log(sums[a]);
            }
        }
    }

    private unsafe struct BackwardWork : IParallelWork
    {
        public float* Dy, Q, KeyValue, Y, LogSumExp, Dq, DkeyValue;
        public SequenceOffsets Offsets;
        public int Width, HeadCount;
        public bool AccumulateQ, AccumulateKeyValue;

        public readonly void Execute(int chunk, int worker)
        {
            int b = chunk, headSize = Width / HeadCount;
            float scale = 1 / MathF.Sqrt(headSize);
            long row = (long)b * Width;
            Span<float> deltas = stackalloc float[HeadCount];
            for (int a = 0; a < HeadCount; a++)
            {
                deltas[a] = RowArithmetic.Dot(Dy + row + (a * headSize), Y + row + (a * headSize), headSize);
            }

            if (!AccumulateQ)
            {
                new Span<float>(Dq + row, Width).Clear();
            }

            for (int j = Offsets.Start(b); j < Offsets.Start(b) + Offsets.Length(b); j++)
            {
                long key = (long)j * 2 * Width, value = key + Width;
                for (int a = 0; a < HeadCount; a++)
                {
                    int head = a * headSize;
                    float* query = Q + row + head, dy = Dy + row + head;
                    float score = scale * RowArithmetic.Dot(query, KeyValue + key + head, headSize);
                    float p = MathF.Exp(score - LogSumExp[((long)b * HeadCount) + a]);
                    float s = scale * p * (RowArithmetic.Dot(dy, KeyValue + value + head, headSize) - deltas[a]);
                    RowArithmetic.Scale(KeyValue + key + head, s, headSize, accumulate: true, Dq + row + head);
                    RowArithmetic.Scale(query, s, headSize, AccumulateKeyValue, DkeyValue + key + head);
                    RowArithmetic.Scale(dy, p, headSize, AccumulateKeyValue, DkeyValue + value + head);
                }
            }
        }
    }
}
