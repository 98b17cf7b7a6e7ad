using System.Numerics;

namespace Avion.Compute;

/// <summary>The sum of one stretch of every rank's tensor, in rank order, written to one place or to several.</summary>
/// <remarks>All terms of an element are read before its sum is written, so that the places may be the terms themselves.</remarks>
/// <param name="sources">Where the stretch of each rank begins.</param>
/// <param name="sourceCount">How many ranks.</param>
/// <param name="destinations">Where to write.</param>
/// <param name="destinationCount">To how many places.</param>
/// <param name="count">Elements of the stretch.</param>
internal readonly unsafe struct RankSum(nint* sources, int sourceCount, nint* destinations, int destinationCount, long count)
    : IParallelWork
{
    private const long ChunkElements = 32 * 1024;

    public long Count => count;

    public int ChunkCount => checked((int)((count + ChunkElements - 1) / ChunkElements));

    public void Execute(int chunk, int worker) =>
        Range<float>(chunk * ChunkElements, Math.Min((chunk + 1) * ChunkElements, count));

    public void Range<T>(long first, long end) where T : unmanaged, INumber<T>
    {
        long i = first;
        for (; i <= end - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> sum = Vector.Load((T*)sources[0] + i);
            for (int rank = 1; rank < sourceCount; rank++)
            {
                sum += Vector.Load((T*)sources[rank] + i);
            }

            for (int place = 0; place < destinationCount; place++)
            {
                Vector.Store(sum, (T*)destinations[place] + i);
            }
        }

        for (; i < end; i++)
        {
            T sum = ((T*)sources[0])[i];
            for (int rank = 1; rank < sourceCount; rank++)
            {
                sum += ((T*)sources[rank])[i];
            }

            for (int place = 0; place < destinationCount; place++)
            {
                ((T*)destinations[place])[i] = sum;
            }
        }
    }
}
