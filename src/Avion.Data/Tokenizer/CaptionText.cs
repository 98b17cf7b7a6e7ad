namespace Avion.Data;

/// <summary>What CLIP does to a caption before it is split into words: repair, HTML unescaping twice, lower case.</summary>
/// <remarks>
/// The repair follows ftfy.fix_text (version 6, default settings) on text that is valid UTF-8: HTML entities where no tag is in sight,
/// C1 controls, ligatures, full- and half-width forms, curly quotes, terminal escapes, control characters, normalization form C, until
/// nothing changes. Its statistical undoing of text decoded in a wrong encoding is left out. White space needs no cleaning: words never
/// contain it.
/// </remarks>
internal static class CaptionText
{
    private static readonly Dictionary<char, string> s_wideForms = Load();

    /// <summary>True for bytes on which <see cref="Clean"/> does nothing but lower ASCII capitals.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> utf8) => utf8.IndexOfAnyExcept(s_plain) < 0;

    private static readonly System.Buffers.SearchValues<byte> s_plain = System.Buffers.SearchValues.Create(
        "\t\n\f\r !\"#$%'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    // A reference to an ampersand makes a new reference of what follows it, so thousands of them in each other take the square of their
    // count. Captions take one or two passes over their letters.
    private const int MaximumRepairedLetters = 1 << 24;

    /// <summary>The caption as CLIP's splitting pattern sees it.</summary>
    /// <exception cref="DataException">Thousands of HTML references lie in each other.</exception>
    public static string Clean(string text) => Lower(HtmlEntities.Unescape(HtmlEntities.Unescape(Repair(text))));

    private static string Repair(string text)
    {
        StringBuilder repaired = new(text.Length);
        bool unescape = true;
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start) + 1;
            string line = text[start..(end == 0 ? text.Length : end)];
            start += line.Length;

            // A tag says that the text is HTML, where entities mean something; from that line on they are left to the caller.
            unescape &= !line.Contains('<');
            string before;
            long letters = 0;
            do
            {
                letters += line.Length;
                if (letters > Math.Max(MaximumRepairedLetters, 8L * text.Length))
                {
                    throw new DataException($"A caption of {text.Length} letters has thousands of HTML references in each other: "
                        + $"'{text[..Math.Min(text.Length, 40)]}…'. Expected text.");
                }

                before = line;
                line = CanonicalComposition.Normalize(ReplaceCharacters(unescape ? HtmlEntities.UnescapeStrict(line) : line));
            }
            while (!string.Equals(line, before, StringComparison.Ordinal));
            repaired.Append(line);
        }

        return repaired.ToString();
    }

    private static string ReplaceCharacters(string text)
    {
        StringBuilder result = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char letter = text[i];
            switch (letter)
            {
                case >= '\u0080' and <= '\u009F':
                    // The pieces are applied one after the other, so a quote that comes out of a C1 control is straightened as well.
                    AppendStraight(HtmlEntities.Windows1252[letter - 0x80], result);
                    break;
                case '\u001B' when EscapeLength(text.AsSpan(i)) is int length and > 0:
                    i += length - 1;
                    break;
                case (>= '\0' and <= '\u0008') or '\u000B' or (>= '\u000E' and <= '\u001F') or '\u007F'
                    or (>= '\u206A' and <= '\u206F') or '\uFEFF' or (>= '\uFFF9' and <= '\uFFFC'):
                    break;
                default:
                    if (Ligature(letter) is { } letters)
                    {
                        result.Append(letters);
                    }
                    else if (letter >= '\u3000' && s_wideForms.TryGetValue(letter, out string? narrow))
                    {
                        result.Append(narrow);
                    }
                    else
                    {
                        AppendStraight(letter, result);
                    }

                    break;
            }
        }

        return result.ToString();
    }

    private static void AppendStraight(char letter, StringBuilder result) => result.Append(letter switch
    {
        '\u02BC' or (>= '\u2018' and <= '\u201B') => '\'',
        >= '\u201C' and <= '\u201F' => '"',
        _ => letter,
    });

    private static string? Ligature(char letter) => letter switch
    {
        '\u0132' => "IJ",
        '\u0133' => "ij",
        '\u0149' => "'n",
        '\u01F1' => "DZ",
        '\u01F2' => "Dz",
        '\u01F3' => "dz",
        '\u01C4' => "D\u017D",
        '\u01C5' => "D\u017E",
        '\u01C6' => "d\u017E",
        '\u01C7' => "LJ",
        '\u01C8' => "Lj",
        '\u01C9' => "lj",
        '\u01CA' => "NJ",
        '\u01CB' => "Nj",
        '\u01CC' => "nj",
        '\uFB00' => "ff",
        '\uFB01' => "fi",
        '\uFB02' => "fl",
        '\uFB03' => "ffi",
        '\uFB04' => "ffl",
        '\uFB05' => "\u017Ft",
        '\uFB06' => "st",
        _ => null,
    };

    /// <summary>Length of a terminal's colour sequence, ESC [ digits and semicolons, letter; 0 for none.</summary>
    private static int EscapeLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 3 || text[1] != '[')
        {
            return 0;
        }

        int end = 2;
        while (end < text.Length && (char.IsDigit(text[end]) || text[end] == ';'))
        {
            end++;
        }

        return end < text.Length && char.IsAsciiLetter(text[end]) ? end + 1 : 0;
    }

    /// <summary>Full lower-casing (Unicode 3.13): two letters differ from the one-to-one mapping, dotted capital I and sigma at a word's
    /// end.</summary>
    private static string Lower(string text)
    {
        string lower = text.ToLowerInvariant();
        if (!text.AsSpan().ContainsAny('\u0130', '\u03A3'))
        {
            return lower;
        }

        StringBuilder result = new(lower);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\u03A3' && SeesLetter(text, i, -1) && !SeesLetter(text, i, 1))
            {
                result[i] = '\u03C2';
            }
        }

        return result.Replace("\u0130", "i\u0307").ToString();
    }

    /// <summary>True where the nearest character in a direction that is no mark or apostrophe is a letter.</summary>
    private static bool SeesLetter(string text, int index, int direction)
    {
        for (int i = index + direction; (uint)i < (uint)text.Length; i += direction)
        {
            UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(text[i]);
            bool ignorable = category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
                or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol || "'.:\u00B7\u2019\u2018".Contains(text[i]);
            if (!ignorable)
            {
                return category is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;
            }
        }

        return false;
    }

    private static Dictionary<char, string> Load()
    {
        Dictionary<char, string> forms = [];
        foreach (string[] row in TextTable.Rows("wide-forms.txt"))
        {
            forms[(char)TextTable.CodePoint(row[0])] = TextTable.Text(row.AsSpan(1));
        }

        return forms;
    }
}
