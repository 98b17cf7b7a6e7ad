namespace Avion.Compute;

public static partial class Dropout
{
    /// <summary>Random numbers drawn at a time, which stay in the nearest cache.</summary>
    private const int UniformCount = 1024;

    private static unsafe void CpuApply<T>(CpuDevice cpu, Tensor x, SequenceOffsets? offsets, float rate, DropKey key,
        bool accumulate, Tensor y) where T : unmanaged
    {
        int rows = x.Shape.Rows, columns = x.Shape.Columns;
        if (offsets is { } sequences)
        {
            SequenceWork<T> work = new()
            {
                X = x.Pointer<T>(), Y = y.Pointer<T>(), Columns = columns, Offsets = sequences, Rate = rate, Key = key,
                Accumulate = accumulate,
            };
            cpu.Workers.Run(sequences.Count, ref work);
        }
        else
        {
            ElementWork<T> work = new()
            {
                X = x.Pointer<T>(), Y = y.Pointer<T>(), Rows = rows, Columns = columns, ChunkCount = RowChunks.Count(rows), Rate = rate,
                Key = key, Accumulate = accumulate,
            };
            cpu.Workers.Run(work.ChunkCount, ref work);
        }
    }

    private unsafe struct SequenceWork<T> : IParallelWork where T : unmanaged
    {
        public T* X, Y;
        public int Columns;
        public SequenceOffsets Offsets;
        public float Rate;
        public DropKey Key;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            float factor = Key.Uniform(Key.RowNumber(chunk)) < Rate ? 0 : 1 / (1 - Rate);
            for (int n = Offsets.Start(chunk); n < Offsets.Start(chunk) + Offsets.Length(chunk); n++)
            {
                long row = (long)n * Columns;
                RowArithmetic.Scale(X + row, factor, Columns, Accumulate, Y + row);
            }
        }
    }

    private unsafe struct ElementWork<T> : IParallelWork where T : unmanaged
    {
        public T* X, Y;
        public int Rows, Columns, ChunkCount;
        public float Rate;
        public DropKey Key;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Rows);

            // The rows of one rank follow each other in the step's batch; those of several ranks are taken in turn.
            int rowsAtATime = Key.RowStride == 1 ? end - first : 1;
            for (int row = first; row < end; row += rowsAtATime)
            {
                ApplyRows(row, rowsAtATime);
            }
        }

        private readonly void ApplyRows(int firstRow, int rowCount)
        {
            float* uniforms = stackalloc float[UniformCount];
            long at = (long)firstRow * Columns, last = at + ((long)rowCount * Columns), number = Key.RowNumber(firstRow) * Columns;
            while (at < last)
            {
                // The generator gives blocks of four numbers; a stretch may begin and end within one.
                int skip = (int)(number & 3), count = (int)Math.Min(UniformCount - skip, last - at);
                CounterUniforms.Fill(Key.Seed, Key.Stream, (ulong)(number >> 2), (skip + count + 3) / 4, uniforms);
                switch (VectorWidth.Bits)
                {
                    case 512: Apply<FloatVector512>(at, count, uniforms + skip); break;
                    case 256: Apply<FloatVector256>(at, count, uniforms + skip); break;
                    case 128: Apply<FloatVector128>(at, count, uniforms + skip); break;
                    default: Apply<FloatScalar>(at, count, uniforms + skip); break;
                }

                at += count;
                number += count;
            }
        }

        private readonly void Apply<TVector>(long at, int count, float* uniforms) where TVector : struct, IFloatVector<TVector>
        {
            float kept = 1 / (1 - Rate);
            T* x = X + at, y = Y + at;
            int i = 0;
            for (; i <= count - TVector.Width; i += TVector.Width)
            {
                Drop<TVector>(x + i, y + i, uniforms + i, kept);
            }

            for (; i < count; i++)
            {
                Drop<FloatScalar>(x + i, y + i, uniforms + i, kept);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Drop<TVector>(T* x, T* y, float* uniforms, float kept)
            where TVector : struct, IFloatVector<TVector>
        {
            // A number below the rate makes a negative factor, which becomes zero; a difference of floats has the right sign always.
            TVector side = TVector.CopySign(TVector.Create(kept), TVector.Load(uniforms) - TVector.Create(Rate));
            TVector value = TVector.Load(x) * TVector.Max(TVector.Zero, side);
            (Accumulate ? TVector.Load(y) + value : value).Store(y);
        }
    }
}
