namespace Avion.Compute;

public static partial class MaskTokens
{
    private const int RowsPerChunk = 64;

    // Each block of columns walks all rows in order: no two workers touch the same element, and no order depends on timing.
    private const int ColumnsPerChunk = 64;

    private static unsafe void CpuForward<T>(CpuDevice cpu, Tensor visible, Tensor mask, Tensor sources, Tensor y) where T : unmanaged
    {
        int rows = y.Shape.Rows;
        ForwardWork<T> work = new()
        {
            Visible = visible.Pointer<T>(), Mask = mask.Pointer<T>(), Sources = sources.Pointer<int>(), Rows = rows,
            Columns = y.Shape.Columns, Y = y.Pointer<T>(), ChunkCount = (rows + RowsPerChunk - 1) / RowsPerChunk,
        };
        cpu.Workers.Run(work.ChunkCount, ref work);
    }

    private static unsafe void CpuBackward<T>(CpuDevice cpu, Tensor dy, Tensor sources, int visibleRows, bool accumulate, Tensor dvisible,
        Tensor dmask) where T : unmanaged
    {
        int columns = dy.Shape.Columns;
        BackwardWork<T> work = new()
        {
            Dy = dy.Pointer<T>(), Sources = sources.Pointer<int>(), Rows = dy.Shape.Rows, Columns = columns, VisibleRows = visibleRows,
            Accumulate = accumulate, Dvisible = dvisible.Pointer<T>(), Dmask = dmask.Pointer<float>(),
            ChunkCount = (columns + ColumnsPerChunk - 1) / ColumnsPerChunk,
        };
        cpu.Workers.Run(work.ChunkCount, ref work);
    }

    private unsafe struct ForwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* Visible, Mask, Y;
        public int* Sources;
        public int Rows, Columns, ChunkCount;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Rows);
            for (int m = first; m < end; m++)
            {
                T* source = Sources[m] >= 0 ? Visible + ((long)Sources[m] * Columns) : Mask;
                RowArithmetic.Copy(source, Columns, Y + ((long)m * Columns));
            }
        }
    }

    private unsafe struct BackwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* Dy, Dvisible;
        public float* Dmask;
        public int* Sources;
        public int Rows, Columns, VisibleRows, ChunkCount;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Columns);
            for (int r = 0; r < VisibleRows && Dvisible != null && !Accumulate; r++)
            {
                RowArithmetic.Clear(end - first, Dvisible + ((long)r * Columns) + first);
            }

            for (int m = 0; m < Rows; m++)
            {
                T* row = Dy + ((long)m * Columns) + first;
                if (Sources[m] < 0)
                {
                    AddIfWanted(row, Dmask, first, end);
                }
                else
                {
                    AddIfWanted(row, Dvisible == null ? null : Dvisible + ((long)Sources[m] * Columns), first, end);
                }
            }
        }

        private static void AddIfWanted<TTarget>(T* row, TTarget* target, int first, int end) where TTarget : unmanaged
        {
            if (target != null)
            {
                RowArithmetic.Add(row, target + first, end - first, target + first);
            }
        }
    }
}
