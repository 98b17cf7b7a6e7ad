namespace Avion.Data;

/// <summary>Unicode normalization form C (UAX 15), from tables of our own.</summary>
/// <remarks>
/// string.Normalize returns its input unchanged when a program runs without ICU (InvariantGlobalization), as this one does, so that it
/// would tokenize "e" + accent unlike the reference.
/// </remarks>
internal static class CanonicalComposition
{
    private const int FirstComposable = 0x300;
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28, SyllableCount = LeadCount * VowelCount * TailCount;

    private static readonly Dictionary<int, (int First, int Second)> s_decompositions = [];
    private static readonly Dictionary<(int First, int Second), int> s_compositions = [];
    private static readonly Dictionary<int, byte> s_classes = [];

    static CanonicalComposition()
    {
        foreach (string[] row in TextTable.Rows("canonical.txt"))
        {
            int code = TextTable.CodePoint(row[0].AsSpan(1));
            int first = TextTable.CodePoint(row[1]);
            if (row[0][0] == '~')
            {
                for (int member = code; member <= first; member++)
                {
                    s_classes[member] = byte.Parse(row[2], CultureInfo.InvariantCulture);
                }

                continue;
            }

            int second = row.Length > 2 ? TextTable.CodePoint(row[2]) : 0;
            s_decompositions[code] = (first, second);
            if (row[0][0] == '=')
            {
                s_compositions[(first, second)] = code;
            }
        }
    }

    /// <summary>The text in normalization form C.</summary>
    public static string Normalize(string text)
    {
        // Every character below U+0300 is already composed and is no combining mark.
        int index = 0;
        while (index < text.Length && text[index] < FirstComposable)
        {
            index++;
        }

        return index == text.Length ? text : Compose(Decompose(text));
    }

    private static List<int> Decompose(string text)
    {
        List<int> codes = new(text.Length + 8);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, codes);
        }

        // Canonical ordering: marks between two starters stand in the order of their classes; equal classes keep their order.
        for (int i = 1; i < codes.Count; i++)
        {
            int mark = codes[i];
            byte kind = Class(mark);
            int to = i;
            while (kind != 0 && to > 0 && Class(codes[to - 1]) > kind)
            {
                codes[to] = codes[to - 1];
                to--;
            }

            codes[to] = mark;
        }

        return codes;
    }

    private static void Decompose(int code, List<int> codes)
    {
        int syllable = code - SyllableBase;
        if ((uint)syllable < SyllableCount)
        {
            codes.Add(LeadBase + (syllable / (VowelCount * TailCount)));
            codes.Add(VowelBase + (syllable % (VowelCount * TailCount) / TailCount));
            if (syllable % TailCount != 0)
            {
                codes.Add(TailBase + (syllable % TailCount));
            }
        }
        else if (s_decompositions.TryGetValue(code, out (int First, int Second) parts))
        {
            Decompose(parts.First, codes);
            if (parts.Second != 0)
            {
                Decompose(parts.Second, codes);
            }
        }
        else
        {
            codes.Add(code);
        }
    }

    private static string Compose(List<int> codes)
    {
        int starterAt = -1, kept = 0;
        byte lastClass = 0;
        for (int i = 0; i < codes.Count; i++)
        {
            int code = codes[i];
            byte kind = Class(code);

            // A mark is blocked from its starter by a mark of the same or a higher class between them.
            bool reachesStarter = starterAt >= 0 && (kept == starterAt + 1 || (lastClass < kind && lastClass != 0));
            if (reachesStarter && TryCompose(codes[starterAt], code, out int composed))
            {
                codes[starterAt] = composed;
                continue;
            }

            if (kind == 0)
            {
                starterAt = kept;
            }

            lastClass = kind;
            codes[kept++] = code;
        }

        StringBuilder text = new(kept);
        for (int i = 0; i < kept; i++)
        {
            text.Append(char.ConvertFromUtf32(codes[i]));
        }

        return text.ToString();
    }

    private static bool TryCompose(int first, int second, out int composed)
    {
        int lead = first - LeadBase, vowel = second - VowelBase;
        if ((uint)lead < LeadCount && (uint)vowel < VowelCount)
        {
            composed = SyllableBase + (((lead * VowelCount) + vowel) * TailCount);
            return true;
        }

        int syllable = first - SyllableBase, tail = second - TailBase;
        if ((uint)syllable < SyllableCount && syllable % TailCount == 0 && tail > 0 && tail < TailCount)
        {
            composed = first + tail;
            return true;
        }

        return s_compositions.TryGetValue((first, second), out composed);
    }

    private static byte Class(int code) => code >= FirstComposable && s_classes.TryGetValue(code, out byte kind) ? kind : (byte)0;
}
