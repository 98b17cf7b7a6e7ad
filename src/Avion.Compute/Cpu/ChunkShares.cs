namespace Avion.Compute;

/// <summary>What is left of each worker's share of a job's chunks: the worker takes from the front, others from the back.</summary>
/// <remarks>
/// A share is one number, so that it is taken from by one exchange: the job's number in 24 bits, then the first chunk and the one behind
/// the last in 20 bits each. An exchange that succeeds is of the job whose number was read: to mistake it for another, a thread would have
/// to stand still between two instructions for sixteen million jobs.
/// </remarks>
/// <param name="workerCount">Workers, each with a share.</param>
internal sealed class ChunkShares(int workerCount)
{
    /// <summary>Chunks that a job may have.</summary>
    public const int MostChunks = (1 << ChunkBits) - 1;

    // Shares lie in pairs of cache lines of their own, for a processor may fetch two together; the first pair is left to what lies before.
    private const int ChunkBits = 20, Stride = 16;

    private readonly long[] _left = new long[(workerCount + 1) * Stride];

    /// <summary>Gives all workers their shares of a job, while nothing is left of the one before.</summary>
    public void Give(long job, int chunkCount)
    {
        for (int worker = 0; worker < workerCount; worker++)
        {
            (int first, int end) = Chunks.Range(worker, workerCount, chunkCount);
            Volatile.Write(ref Share(worker), (job << (2 * ChunkBits)) | ((long)first << ChunkBits) | (uint)end);
        }
    }

    /// <summary>What is left of a share now.</summary>
    public long Left(int worker) => Volatile.Read(ref Share(worker));

    /// <summary>How many chunks that are.</summary>
    public static int Count(long left) => End(left) - First(left);

    /// <summary>Takes a chunk of what was left when the share was read, unless somebody else has taken one since.</summary>
    /// <param name="worker">Whose share.</param>
    /// <param name="left">What was read, at least one chunk.</param>
    /// <param name="isOwn">Whether the worker itself takes, and so the first, not the last.</param>
    /// <param name="chunk">The chunk.</param>
    public bool TryTake(int worker, long left, bool isOwn, out int chunk)
    {
        chunk = isOwn ? First(left) : End(left) - 1;
        return Interlocked.CompareExchange(ref Share(worker), isOwn ? left + (1L << ChunkBits) : left - 1, left) == left;
    }

    /// <summary>Takes all that is left of the shares and tells how many chunks that were.</summary>
    public int TakeAll()
    {
        int taken = 0;
        for (int worker = 0; worker < workerCount; worker++)
        {
            long left = Left(worker);
            while (Interlocked.CompareExchange(ref Share(worker), left - Count(left), left) != left)
            {
                left = Left(worker);
            }

            taken += Count(left);
        }

        return taken;
    }

    private static int First(long left) => (int)(left >> ChunkBits) & MostChunks;

    private static int End(long left) => (int)left & MostChunks;

    private ref long Share(int worker) => ref _left[(worker + 1) * Stride];
}
