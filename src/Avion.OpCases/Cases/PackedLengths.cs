namespace Avion.OpCases;

/// <summary>Lengths of packed sequences for cases: uneven, with an empty sequence and one of a single token among them.</summary>
internal static class PackedLengths
{
    /// <summary>B sequences of at most <paramref name="longest"/> tokens; the last has exactly that many.</summary>
    public static int[] Uneven(int count, int longest)
    {
        CounterRandom random = CounterRandom.For(77, "lengths", (ulong)count, (ulong)longest);
        int[] lengths = new int[count];
        for (int b = 0; b < count; b++)
        {
            lengths[b] = b == count - 1 ? longest : b < 2 ? b : random.Next(longest + 1);
        }

        return lengths;
    }

    /// <summary>B sequences of the same number of tokens.</summary>
    public static int[] Even(int count, int length)
    {
        int[] lengths = new int[count];
        System.Array.Fill(lengths, length);
        return lengths;
    }
}
