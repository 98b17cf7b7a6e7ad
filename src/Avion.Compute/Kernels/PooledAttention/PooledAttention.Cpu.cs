using System;

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

    /// <summary>Lanes are columns of a head; those that fill no vector go one by one.</summary>
    private static unsafe float Dot<TVector>(float* left, float* right, int count) where TVector : struct, IFloatVector<TVector>
    {
        int tail = count - (count % TVector.Width);
        TVector sums = TVector.Zero;
        for (int k = 0; k < tail; k += TVector.Width)
        {
            sums = TVector.MultiplyAdd(TVector.Load(left + k), TVector.Load(right + k), sums);
        }

        float sum = sums.Sum();
        for (int k = tail; k < count; k++)
        {
            sum += left[k] * right[k];
        }

        return sum;
    }

    /// <summary>target = factor · source + (kept ? target : 0).</summary>
    private static unsafe void AddScaled<TVector>(float* source, float factor, bool kept, int count, float* target)
        where TVector : struct, IFloatVector<TVector>
    {
        int tail = count - (count % TVector.Width);
        TVector factors = TVector.Create(factor);
        for (int k = 0; k < tail; k += TVector.Width)
        {
            TVector.MultiplyAdd(factors, TVector.Load(source + k), kept ? TVector.Load(target + k) : TVector.Zero).Store(target + k);
        }

        for (int k = tail; k < count; k++)
        {
            target[k] = (factor * source[k]) + (kept ? target[k] : 0);
        }
    }

    private unsafe struct ForwardWork : IParallelWork
    {
        public float* Q, KeyValue, Y, LogSumExp;
        public SequenceOffsets Offsets;
        public int Width, HeadCount;

        public readonly void Execute(int chunk, int worker)
        {
            switch (VectorWidth.Bits)
            {
                case 512: Sequence<FloatVector512>(chunk); break;
                case 256: Sequence<FloatVector256>(chunk); break;
                case 128: Sequence<FloatVector128>(chunk); break;
                default: Sequence<FloatScalar>(chunk); break;
            }
        }

        // Tokens are the outer loop, so that keys and values are read once and in order.
        private readonly void Sequence<TVector>(int b) where TVector : struct, IFloatVector<TVector>
        {
            int headSize = Width / HeadCount;
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
                    float score = scale * Dot<TVector>(query + head, key + head, headSize);
                    if (score > largest[a])
                    {
                        float shrink = MathF.Exp(largest[a] - score);
                        AddScaled<TVector>(result + head, shrink, kept: false, headSize, result + head);
                        sums[a] *= shrink;
                        largest[a] = score;
                    }

                    float weight = MathF.Exp(score - largest[a]);
                    sums[a] += weight;
                    AddScaled<TVector>(value + head, weight, kept: true, headSize, result + head);
                }
            }

            for (int a = 0; a < HeadCount && Offsets.Length(b) > 0; a++)
            {
                AddScaled<TVector>(result + (a * headSize), 1 / sums[a], kept: false, headSize, result + (a * headSize));
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
            switch (VectorWidth.Bits)
            {
                case 512: Sequence<FloatVector512>(chunk); break;
                case 256: Sequence<FloatVector256>(chunk); break;
                case 128: Sequence<FloatVector128>(chunk); break;
                default: Sequence<FloatScalar>(chunk); break;
            }
        }

        private readonly void Sequence<TVector>(int b) where TVector : struct, IFloatVector<TVector>
        {
            int headSize = Width / HeadCount;
            float scale = 1 / MathF.Sqrt(headSize);
            long row = (long)b * Width;
            Span<float> deltas = stackalloc float[HeadCount];
            for (int a = 0; a < HeadCount; a++)
            {
                deltas[a] = Dot<TVector>(Dy + row + (a * headSize), Y + row + (a * headSize), headSize);
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
                    float score = scale * Dot<TVector>(query, KeyValue + key + head, headSize);
                    float p = MathF.Exp(score - LogSumExp[((long)b * HeadCount) + a]);
                    float s = scale * p * (Dot<TVector>(dy, KeyValue + value + head, headSize) - deltas[a]);
                    AddScaled<TVector>(KeyValue + key + head, s, kept: true, headSize, Dq + row + head);
                    AddScaled<TVector>(query, s, AccumulateKeyValue, headSize, DkeyValue + key + head);
                    AddScaled<TVector>(dy, p, AccumulateKeyValue, headSize, DkeyValue + value + head);
                }
            }
        }
    }
}
