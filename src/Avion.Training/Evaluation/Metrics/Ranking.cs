using System.Runtime.CompilerServices;

namespace Avion.Training;

/// <summary>Orders the items of one query by falling similarity.</summary>
/// <remarks>
/// Equal similarities keep the order of their columns, so the result is the same on every machine. A negative zero equals zero. A
/// similarity that is NaN has no place in an order and is an error.
/// </remarks>
internal sealed class Ranking
{
    private readonly ulong[] _keys;
    private readonly int[] _order;

    public Ranking(int items)
    {
        _keys = new ulong[items];
        _order = new int[items];
    }

    /// <summary>The column at each rank, best first. Valid until the next call.</summary>
    public ReadOnlySpan<int> Sort(ReadOnlySpan<float> similarity)
    {
        for (int column = 0; column < similarity.Length; column++)
        {
            _keys[column] = ((ulong)DescendingKey(similarity[column], column) << 32) | (uint)column;
        }

        Array.Sort(_keys, 0, similarity.Length);
        for (int rank = 0; rank < similarity.Length; rank++)
        {
            _order[rank] = (int)(uint)_keys[rank];
        }

        return _order.AsSpan(0, similarity.Length);
    }

    /// <summary>A number that grows as the similarity falls: IEEE bits, made monotonic, then complemented.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint DescendingKey(float value, int column)
    {
        if (float.IsNaN(value))
        {
            throw new ArgumentException($"The similarity in column {column} is NaN, expected a number: the features are damaged.");
        }

        uint bits = BitConverter.SingleToUInt32Bits(value + 0f);
        uint ascending = (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
        return ~ascending;
    }
}
