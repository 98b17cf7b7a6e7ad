namespace Avion.Compute;

public static partial class ColumnSum
{
    /// <summary>Numbers of scratch for a row of sums for each chunk of rows.</summary>
    internal static long CpuPartialCount(int rows, int columns) => (long)RowChunks.Count(rows) * columns;

    private static unsafe void CpuAccumulate<T>(CpuDevice cpu, Tensor x, Tensor y) where T : unmanaged
    {
        using ScratchLease scratch = cpu.Scratch.Take(CpuPartialCount(x.Shape.Rows, x.Shape.Columns));
        Work<T> work = new(x, scratch.Floats);
        cpu.Workers.Run(work.ChunkCount, ref work);
        work.AddTo(y);
    }

    /// <summary>Adds the chunks' sums to a result, in the order of the chunks.</summary>
    /// <param name="partials">The first chunk's sums.</param>
    /// <param name="chunkCount">How many chunks there are.</param>
    /// <param name="stride">Numbers from one chunk's sums to the next's.</param>
    /// <param name="columns">How many sums a chunk has.</param>
    /// <param name="y">As many numbers.</param>
    internal static unsafe void CpuAddPartials(float* partials, int chunkCount, long stride, int columns, float* y)
    {
        switch (VectorWidth.Bits)
        {
            case 512: AddPartials<FloatVector512>(partials, chunkCount, stride, columns, y); break;
            case 256: AddPartials<FloatVector256>(partials, chunkCount, stride, columns, y); break;
            case 128: AddPartials<FloatVector128>(partials, chunkCount, stride, columns, y); break;
            default: AddPartials<FloatScalar>(partials, chunkCount, stride, columns, y); break;
        }
    }

    private static unsafe void AddPartials<TVector>(float* partials, int chunkCount, long stride, int columns, float* y)
        where TVector : struct, IFloatVector<TVector>
    {
        int d = 0;
        for (; d <= columns - (4 * TVector.Width); d += 4 * TVector.Width)
        {
            // Four sums, because one would wait for its own addition each time.
            int e = d + TVector.Width, f = e + TVector.Width, g = f + TVector.Width;
            TVector s0 = TVector.Load(y + d), s1 = TVector.Load(y + e), s2 = TVector.Load(y + f), s3 = TVector.Load(y + g);
            float* sums = partials;
            for (int chunk = 0; chunk < chunkCount; chunk++, sums += stride)
            {
                s0 += TVector.Load(sums + d);
                s1 += TVector.Load(sums + e);
                s2 += TVector.Load(sums + f);
                s3 += TVector.Load(sums + g);
            }

            s0.Store(y + d);
            s1.Store(y + e);
            s2.Store(y + f);
            s3.Store(y + g);
        }

        for (; d < columns; d++)
        {
            for (int chunk = 0; chunk < chunkCount; chunk++)
            {
                y[d] += partials[(chunk * stride) + d];
            }
        }
    }

    /// <summary>Sums of columns over a chunk of rows, a row of sums a chunk.</summary>
    internal unsafe struct Work<T>(Tensor x, float* partials) : IParallelWork where T : unmanaged
    {
        private const int RowsAtOnce = 4;

        private readonly T* _x = x.Pointer<T>();
        private readonly int _rows = x.Shape.Rows, _columns = x.Shape.Columns;

        /// <summary>Chunks of rows.</summary>
        public int ChunkCount { get; } = RowChunks.Count(x.Shape.Rows);

        public readonly void Execute(int chunk, int worker)
        {
            float* sums = partials + ((long)chunk * _columns);
            (int first, int end) = Chunks.Range(chunk, ChunkCount, _rows);
            switch (VectorWidth.Bits)
            {
                case 512: SumRows<FloatVector512>(first, end, sums); break;
                case 256: SumRows<FloatVector256>(first, end, sums); break;
                case 128: SumRows<FloatVector128>(first, end, sums); break;
                default: SumRows<FloatScalar>(first, end, sums); break;
            }
        }

        /// <summary>Adds the sums of all chunks to y.</summary>
        public readonly void AddTo(Tensor y) => CpuAddPartials(partials, ChunkCount, _columns, _columns, y.Pointer<float>());

        private readonly void SumRows<TVector>(int first, int end, float* sums) where TVector : struct, IFloatVector<TVector>
        {
            new Span<float>(sums, _columns).Clear();
            int n = first;
            for (; n <= end - RowsAtOnce; n += RowsAtOnce)
            {
                AddRows<TVector>(_x + ((long)n * _columns), sums);
            }

            for (; n < end; n++)
            {
                Add.Range<TVector, T, float, float>(_x + ((long)n * _columns), sums, _columns, sums);
            }
        }

        /// <summary>Adds some rows at once, so that the sums are read and written once for all of them.</summary>
        private readonly void AddRows<TVector>(T* x, float* sums) where TVector : struct, IFloatVector<TVector>
        {
            T* x1 = x + _columns, x2 = x1 + _columns, x3 = x2 + _columns;
            int d = 0;
            for (; d <= _columns - TVector.Width; d += TVector.Width)
            {
                TVector sum = (TVector.Load(x + d) + TVector.Load(x1 + d)) + (TVector.Load(x2 + d) + TVector.Load(x3 + d));
                (TVector.Load(sums + d) + sum).Store(sums + d);
            }

            for (; d < _columns; d++)
            {
                sums[d] += (Element.Number(x[d]) + Element.Number(x1[d])) + (Element.Number(x2[d]) + Element.Number(x3[d]));
            }
        }
    }
}
