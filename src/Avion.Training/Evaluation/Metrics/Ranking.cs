using System.Runtime.CompilerServices;

namespace Avion.Training;

/// <summary>Orders the items of one query by falling similarity.</summary>
/// <remarks>
/// Equal similarities keep the order of their columns, so the result is the same on every machine. A negative zero equals zero. A
/// similarity that is NaN has no place in an order and is an error. Long rows are sorted by the digits of their bits, which takes a time
/// in proportion to their length.
/// </remarks>
internal sealed class Ranking
{
    private const int DigitBits = 11, Digits = 1 << DigitBits, Passes = 3, ShortRow = 512;

    private readonly ulong[] _keys;
    private readonly ulong[] _other;
    private readonly int[] _order;
    private readonly int[] _places = new int[Digits * Passes];

    public Ranking(int items)
    {
        _keys = new ulong[items];
        _other = new ulong[items];
        _order = new int[items];
    }

    /// <summary>The column at each rank, best first. Valid until the next call.</summary>
    public ReadOnlySpan<int> Sort(ReadOnlySpan<float> similarity)
    {
        for (int column = 0; column < similarity.Length; column++)
        {
            _keys[column] = ((ulong)DescendingKey(similarity[column], column) << 32) | (uint)column;
        }

        if (similarity.Length < ShortRow)
        {
            Array.Sort(_keys, 0, similarity.Length);
            Take(_keys, similarity.Length);
        }
        else
        {
            SortByDigits(similarity.Length);
        }

        return _order.AsSpan(0, similarity.Length);
    }

    /// <summary>Sorts by one digit after the other, the lowest first; each pass keeps the order of equal digits.</summary>
    private void SortByDigits(int count)
    {
        Array.Clear(_places);
        Span<int> low = _places.AsSpan(0, Digits), middle = _places.AsSpan(Digits, Digits), high = _places.AsSpan(2 * Digits, Digits);
        for (int i = 0; i < count; i++)
        {
            uint key = (uint)(_keys[i] >> 32);
            low[(int)(key & (Digits - 1))]++;
            middle[(int)((key >> DigitBits) & (Digits - 1))]++;
            high[(int)(key >> (2 * DigitBits))]++;
        }

        ulong[] from = _keys, to = _other;
        for (int pass = 0; pass < Passes; pass++)
        {
            Span<int> places = _places.AsSpan(pass * Digits, Digits);
            int next = 0;
            for (int digit = 0; digit < Digits; digit++)
            {
                (places[digit], next) = (next, next + places[digit]);
            }

            int shift = 32 + (pass * DigitBits);
            for (int i = 0; i < count; i++)
            {
                ulong key = from[i];
                to[places[(int)((key >> shift) & (Digits - 1))]++] = key;
            }

            (from, to) = (to, from);
        }

        Take(from, count);
    }

    private void Take(ulong[] sorted, int count)
    {
        for (int rank = 0; rank < count; rank++)
        {
            _order[rank] = (int)(uint)sorted[rank];
        }
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
