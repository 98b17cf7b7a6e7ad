namespace Avion.Compute;

public static partial class PairRelevancy
{
    // A chunk walks the rows of a few clips, each of which is read at the columns of all texts: rows stay in the cache meanwhile.
    private const int ClipsPerChunk = 8;

    internal static unsafe void CpuGather(WorkerPool workers, byte* codes, int columns, float* levels, int* pairs, int n, float* y)
    {
        GatherWork work = new() { Codes = codes, Columns = columns, Levels = levels, Pairs = pairs, Count = n, Y = y };
        work.ChunkCount = (n + ClipsPerChunk - 1) / ClipsPerChunk;
        workers.Run(work.ChunkCount, ref work);
    }

    private unsafe struct GatherWork : IParallelWork
    {
        public byte* Codes;
        public float* Levels, Y;
        public int* Pairs;
        public int Columns, Count, ChunkCount;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Count);
            for (int v = first; v < end; v++)
            {
                byte* row = Codes + ((long)Pairs[2 * v] * Columns);
                for (int t = 0; t < Count; t++)
                {
                    int column = Pairs[(2 * t) + 1];
                    Y[((long)t * Count) + v] = column >= 0 ? Levels[row[column]] : t == v ? 1 : 0;
                }
            }
        }
    }
}
