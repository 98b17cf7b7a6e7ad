namespace Avion.Compute;

public static partial class PooledAttention
{
    private static unsafe void CpuForward<T>(CpuDevice cpu, Tensor q, Tensor keyValue, SequenceOffsets offsets, int width, int headCount,
        Tensor y, Tensor logSumExp) where T : unmanaged
    {
        ForwardWork<T> work = new()
        {
            Q = q.Pointer<T>(), KeyValue = keyValue.Pointer<T>(), Offsets = offsets, Width = width, HeadCount = headCount,
            Y = y.Pointer<T>(), LogSumExp = logSumExp.Pointer<float>(),
        };
        cpu.Workers.Run(offsets.Count, ref work);
    }

    private static unsafe void CpuBackward<T>(CpuDevice cpu, Tensor dy, Tensor q, Tensor keyValue, Tensor y, Tensor logSumExp,
        SequenceOffsets offsets, int width, int headCount, bool accumulateQ, bool accumulateKeyValue, Tensor dq, Tensor dkeyValue)
        where T : unmanaged
    {
        BackwardWork<T> work = new()
        {
            Dy = dy.Pointer<T>(), Q = q.Pointer<T>(), KeyValue = keyValue.Pointer<T>(), Y = y.Pointer<T>(),
            LogSumExp = logSumExp.Pointer<float>(), Offsets = offsets, Width = width, HeadCount = headCount,
            AccumulateQ = accumulateQ, AccumulateKeyValue = accumulateKeyValue, Dq = dq.Pointer<T>(), DkeyValue = dkeyValue.Pointer<T>(),
        };
        cpu.Workers.Run(offsets.Count, ref work);
    }

    private unsafe struct ForwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* Q, KeyValue, Y;
        public float* LogSumExp;
        public SequenceOffsets Offsets;
        public int Width, HeadCount;

        // A chunk is a sequence. Tokens are the outer loop, so that keys and values are read once and in order.
        public readonly void Execute(int chunk, int worker)
        {
            int b = chunk, headSize = Width / HeadCount;
            float scale = 1 / MathF.Sqrt(headSize);
            T* query = Q + ((long)b * Width);
            float* result = stackalloc float[Width], largest = LogSumExp + ((long)b * HeadCount);
            Span<float> sums = stackalloc float[HeadCount];
            sums.Clear();
            new Span<float>(result, Width).Clear();
            new Span<float>(largest, HeadCount).Fill(float.NegativeInfinity);
            for (int j = Offsets.Start(b); j < Offsets.Start(b) + Offsets.Length(b); j++)
            {
                T* key = KeyValue + ((long)j * 2 * Width), value = key + Width;
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

            RowArithmetic.Copy(result, Width, Y + ((long)b * Width));
        }
    }

    private unsafe struct BackwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* Dy, Q, KeyValue, Y, Dq, DkeyValue;
        public float* LogSumExp;
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

            float* queryGradient = stackalloc float[Width];
            if (AccumulateQ)
            {
                RowArithmetic.Copy(Dq + row, Width, queryGradient);
            }
            else
            {
                RowArithmetic.Clear(Width, queryGradient);
            }

            for (int j = Offsets.Start(b); j < Offsets.Start(b) + Offsets.Length(b); j++)
            {
                long key = (long)j * 2 * Width, value = key + Width;
                for (int a = 0; a < HeadCount; a++)
                {
                    int head = a * headSize;
                    T* query = Q + row + head, dy = Dy + row + head;
                    float score = scale * RowArithmetic.Dot(query, KeyValue + key + head, headSize);
                    float p = MathF.Exp(score - LogSumExp[((long)b * HeadCount) + a]);
                    float s = scale * p * (RowArithmetic.Dot(dy, KeyValue + value + head, headSize) - deltas[a]);
                    RowArithmetic.Scale(KeyValue + key + head, s, headSize, accumulate: true, queryGradient + head);
                    RowArithmetic.Scale(query, s, headSize, AccumulateKeyValue, DkeyValue + key + head);
                    RowArithmetic.Scale(dy, p, headSize, AccumulateKeyValue, DkeyValue + value + head);
                }
            }

            RowArithmetic.Copy(queryGradient, Width, Dq + row);
        }
    }
}
