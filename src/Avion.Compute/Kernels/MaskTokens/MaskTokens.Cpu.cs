namespace Avion.Compute;

public static partial class MaskTokens
{
    private const int RowsPerChunk = 64;

    // Each block of columns walks all rows in order: no two workers touch the same element, and no order depends on timing.
    private const int ColumnsPerChunk = 64;

    internal static unsafe void CpuForward(WorkerPool workers, float* visible, float* mask, int* sources, int rows, int columns, float* y)
    {
        ForwardWork work = new()
        {
            Visible = visible, Mask = mask, Sources = sources, Rows = rows, Columns = columns, Y = y,
            ChunkCount = (rows + RowsPerChunk - 1) / RowsPerChunk,
        };
        workers.Run(work.ChunkCount, ref work);
    }

    internal static unsafe void CpuBackward(WorkerPool workers, float* dy, int* sources, int rows, int columns, int visibleRows,
        bool accumulate, float* dvisible, float* dmask)
    {
        BackwardWork work = new()
        {
            Dy = dy, Sources = sources, Rows = rows, Columns = columns, VisibleRows = visibleRows, Accumulate = accumulate,
            Dvisible = dvisible, Dmask = dmask, ChunkCount = (columns + ColumnsPerChunk - 1) / ColumnsPerChunk,
        };
        workers.Run(work.ChunkCount, ref work);
    }

    private unsafe struct ForwardWork : IParallelWork
    {
        public float* Visible, Mask, Y;
        public int* Sources;
        public int Rows, Columns, ChunkCount;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Rows);
            for (int m = first; m < end; m++)
            {
                float* source = Sources[m] >= 0 ? Visible + ((long)Sources[m] * Columns) : Mask;
                RowArithmetic.Copy(source, Columns, Y + ((long)m * Columns));
            }
        }
    }

    private unsafe struct BackwardWork : IParallelWork
    {
        public float* Dy, Dvisible, Dmask;
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
                float* target = Sources[m] < 0 ? Dmask : Dvisible == null ? null : Dvisible + ((long)Sources[m] * Columns);
                if (target != null)
                {
                    RowArithmetic.Add(Dy + ((long)m * Columns) + first, target + first, end - first, target + first);
                }
            }
        }
    }
}
