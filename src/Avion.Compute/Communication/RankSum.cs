using System.Numerics;

namespace Avion.Compute;

/// <summary>The sum of one stretch of every rank's tensor, in rank order, written to one place or to several.</summary>
/// <remarks>All terms of an element are read before its sum is written, so that the places may be the terms themselves.</remarks>
/// <param name="sources">Where the stretch of each rank begins.</param>
/// <param name="sourceCount">How many ranks.</param>
/// <param name="destinations">Where to write.</param>
/// <param name="destinationCount">To how many places.</param>
/// <param name="count">Elements of the stretch.</param>
/// <param name="isRounded">Whether elements are bfloat16.</param>
internal readonly unsafe struct RankSum(nint* sources, int sourceCount, nint* destinations, int destinationCount, long count,
    bool isRounded) : IParallelWork
{
    private const long ChunkElements = 32 * 1024;

    public long Count => count;

    public int ChunkCount => checked((int)((count + ChunkElements - 1) / ChunkElements));

    public void Execute(int chunk, int worker)
    {
        long first = chunk * ChunkElements, end = Math.Min(first + ChunkElements, count);
        if (isRounded)
        {
            RoundedRange(first, end);
        }
        else
        {
            Range<float>(first, end);
        }
    }

    /// <summary>Of bfloat16: added up in float32, rounded once.</summary>
    public void RoundedRange(long first, long end)
    {
        const int BlockElements = 1024;
        float* sums = stackalloc float[BlockElements];
        for (long i = first; i < end; i += BlockElements)
        {
            int elements = (int)Math.Min(BlockElements, end - i);
            RowArithmetic.Copy((BFloat16*)sources[0] + i, elements, sums);
            for (int rank = 1; rank < sourceCount; rank++)
            {
                RowArithmetic.Add((BFloat16*)sources[rank] + i, sums, elements, sums);
            }

            for (int place = 0; place < destinationCount; place++)
            {
                RowArithmetic.Copy(sums, elements, (BFloat16*)destinations[place] + i);
            }
        }
    }

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
