namespace Avion.Compute;

public static partial class Rows
{
    private const int GatherRowsPerChunk = 64, SumColumns = 256, EndOfList = -1;

    // Each block of columns walks all rows in order: no two workers touch the same element, and no order depends on timing.
    private const int ScatterColumnsPerChunk = 64;

    private static unsafe void CpuGather<T>(CpuDevice cpu, Tensor x, Tensor rows, bool accumulate, Tensor y) where T : unmanaged
    {
        GatherWork<T> work = new()
        {
            X = x.Pointer<T>(), Rows = rows.Pointer<int>(), RowCount = y.Shape.Rows, Columns = y.Shape.Columns, Accumulate = accumulate,
            Y = y.Pointer<T>(),
        };
        work.ChunkCount = (work.RowCount + GatherRowsPerChunk - 1) / GatherRowsPerChunk;
        cpu.Workers.Run(work.ChunkCount, ref work);
    }

    private static unsafe void CpuScatterAdd<T>(CpuDevice cpu, Tensor dy, Tensor rows, bool accumulate, Tensor dx) where T : unmanaged
    {
        ScatterAddWork<T> work = new()
        {
            Dy = dy.Pointer<T>(), Rows = rows.Pointer<int>(), RowCount = dy.Shape.Rows, Columns = dy.Shape.Columns,
            Accumulate = accumulate, TargetRowCount = dx.Shape.Rows, Dx = dx.Pointer<float>(),
        };
        work.ChunkCount = (work.Columns + ScatterColumnsPerChunk - 1) / ScatterColumnsPerChunk;
        cpu.Workers.Run(work.ChunkCount, ref work);
    }

    /// <summary>Whole numbers of scratch, as many as floats: for each row of dx the first row of dy that is added to it, and for each row
    /// of dy the next.</summary>
    private static long CpuListCount(Tensor dy, Tensor dx) => (long)dx.Shape.Rows + dy.Shape.Rows;

    /// <summary>The same onto bfloat16: what belongs to one row is summed first, and rounded once.</summary>
    private static unsafe void CpuScatterAddRounded(CpuDevice cpu, Tensor dy, Tensor rows, bool accumulate, Tensor dx)
    {
        int rowCount = dy.Shape.Rows, targetRowCount = dx.Shape.Rows;
        using ScratchLease scratch = cpu.Scratch.Take(CpuListCount(dy, dx));
        int* first = (int*)scratch.Floats, next = first + targetRowCount, numbers = rows.Pointer<int>();
        new Span<int>(first, targetRowCount).Fill(EndOfList);
        for (int r = rowCount - 1; r >= 0; r--)
        {
            (next[r], first[numbers[r]]) = (first[numbers[r]], r);
        }

        SumWork work = new()
        {
            Dy = dy.Pointer<BFloat16>(), Dx = dx.Pointer<BFloat16>(), First = first, Next = next, TargetRowCount = targetRowCount,
            Columns = dx.Shape.Columns, Accumulate = accumulate,
        };
        work.ChunkCount = (targetRowCount + GatherRowsPerChunk - 1) / GatherRowsPerChunk;
        cpu.Workers.Run(work.ChunkCount, ref work);
    }

    private unsafe struct GatherWork<T> : IParallelWork where T : unmanaged
    {
        public T* X, Y;
        public int* Rows;
        public int RowCount, Columns, ChunkCount;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, RowCount);
            for (int r = first; r < end; r++)
            {
                RowArithmetic.CopyOrAdd(X + ((long)Rows[r] * Columns), Columns, Accumulate, Y + ((long)r * Columns));
            }
        }
    }

    private unsafe struct ScatterAddWork<T> : IParallelWork where T : unmanaged
    {
        public T* Dy;
        public float* Dx;
        public int* Rows;
        public int RowCount, Columns, TargetRowCount, ChunkCount;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Columns);
            for (int n = 0; n < TargetRowCount && !Accumulate; n++)
            {
                RowArithmetic.Clear(end - first, Dx + ((long)n * Columns) + first);
            }

            for (int r = 0; r < RowCount; r++)
            {
                float* target = Dx + ((long)Rows[r] * Columns) + first;
                RowArithmetic.Add(Dy + ((long)r * Columns) + first, target, end - first, target);
            }
        }
    }

    private unsafe struct SumWork : IParallelWork
    {
        public BFloat16* Dy, Dx;
        public int* First, Next;
        public int TargetRowCount, Columns, ChunkCount;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            float* sums = stackalloc float[SumColumns];
            (int begin, int end) = Chunks.Range(chunk, ChunkCount, TargetRowCount);
            for (int n = begin; n < end; n++)
            {
                if (First[n] == EndOfList && Accumulate)
                {
                    continue;
                }

                for (int column = 0; column < Columns; column += SumColumns)
                {
                    int count = Math.Min(SumColumns, Columns - column);
                    RowArithmetic.Clear(count, sums);
                    for (int r = First[n]; r != EndOfList; r = Next[r])
                    {
                        RowArithmetic.Add(Dy + ((long)r * Columns) + column, sums, count, sums);
                    }

                    RowArithmetic.CopyOrAdd(sums, count, Accumulate, Dx + ((long)n * Columns) + column);
                }
            }
        }
    }
}
