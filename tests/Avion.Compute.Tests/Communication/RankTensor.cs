using System.Numerics;
using System.Runtime.InteropServices;

namespace Avion.Compute.Tests;

/// <summary>A tensor in memory of its own, with values that a test writes and reads.</summary>
internal sealed unsafe class RankTensor<T> : IDisposable where T : unmanaged, IFloatingPoint<T>
{
    private readonly void* _memory;

    public RankTensor(int count)
    {
        _memory = NativeMemory.AlignedAlloc((nuint)Math.Max(1, count * sizeof(T)), Device.Alignment);
        Tensor = Tensor.Wrap((nint)_memory, new Shape(count), sizeof(T) == sizeof(float) ? ElementType.Float32 : ElementType.Float64);
    }

    public Tensor Tensor { get; }

    public Span<T> Values => new(_memory, (int)Tensor.Count);

    /// <summary>Values over forty powers of two, so that sums in another order have other bits; the same for the same arguments.</summary>
    public static T[] Draw(int rank, int round, int count)
    {
        CounterRandom random = CounterRandom.For((ulong)round, "rank tensor", (ulong)rank);
        T[] values = new T[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = T.CreateChecked(random.NextGaussian() * Math.Pow(2, random.Next(40) - 20));
        }

        return values;
    }

    /// <summary>The sum in rank order, by a plain loop.</summary>
    public static T[] Sum(int rankCount, int round, int count)
    {
        T[] sum = Draw(0, round, count);
        for (int rank = 1; rank < rankCount; rank++)
        {
            T[] term = Draw(rank, round, count);
            for (int i = 0; i < count; i++)
            {
                sum[i] += term[i];
            }
        }

        return sum;
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
