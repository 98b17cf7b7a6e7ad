namespace Avion.Data;

/// <summary>Character references of HTML 5, resolved as Python's html.unescape does (WHATWG HTML, section 13.2.5.73).</summary>
internal static class HtmlEntities
{
    private const int LongestName = 32;

    private static readonly Dictionary<string, string> s_names = Load();
    private static readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> s_lookup =
        s_names.GetAlternateLookup<ReadOnlySpan<char>>();

    // What the standard makes of &#128; … &#159;: the characters of Windows-1252, and nothing changed where that has none.
    internal const string Windows1252 =
        "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f"
        + "\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

    /// <summary>Resolves all references once, those without a semicolon and the longest known beginning of an unknown name
    /// included.</summary>
    public static string Unescape(string text)
    {
        int at = text.IndexOf('&');
        if (at < 0)
        {
            return text;
        }

        StringBuilder result = new(text.Length);
        int copied = 0;
        while (at >= 0)
        {
            result.Append(text, copied, at - copied);
            int length = Reference(text.AsSpan(at + 1), result);
            if (length == 0)
            {
                result.Append('&');
            }

            copied = at + 1 + length;
            at = copied < text.Length ? text.IndexOf('&', copied) : -1;
        }

        return result.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>Resolves complete references only (with semicolon), also names written in capitals where HTML has none:
    /// &amp;EACUTE;.</summary>
    public static string UnescapeStrict(string text)
    {
        if (!text.Contains('&'))
        {
            return text;
        }

        StringBuilder result = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '&' && StrictLength(text.AsSpan(i)) is int length and > 0 && Strict(text.AsSpan(i, length)) is { } resolved)
            {
                result.Append(resolved);
                i += length - 1;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }

    /// <summary>Appends what the text after an ampersand stands for and returns how many characters that used; 0 for no
    /// reference.</summary>
    private static int Reference(ReadOnlySpan<char> text, StringBuilder result)
    {
        if (text.Length > 0 && text[0] == '#')
        {
            return Numeric(text, result);
        }

        int length = 0;
        while (length < text.Length && length < LongestName && !"\t\n\f <&#;".Contains(text[length]))
        {
            length++;
        }

        if (length > 0 && length < text.Length && text[length] == ';')
        {
            length++;
        }

        for (int known = length; known > 1 || (known == length && known > 0); known--)
        {
            if (s_lookup.TryGetValue(text[..known], out string? resolved))
            {
                result.Append(resolved).Append(text[known..length]);
                return length;
            }
        }

        return 0;
    }

    private static int Numeric(ReadOnlySpan<char> text, StringBuilder result)
    {
        bool hexadecimal = text.Length > 1 && text[1] is 'x' or 'X';
        int start = hexadecimal ? 2 : 1, end = start;
        long number = 0;
        while (end < text.Length && (hexadecimal ? char.IsAsciiHexDigit(text[end]) : char.IsAsciiDigit(text[end])))
        {
            int digit = char.IsAsciiDigit(text[end]) ? text[end] - '0' : (text[end] | 0x20) - 'a' + 10;
            number = Math.Min((number * (hexadecimal ? 16 : 10)) + digit, 0x7FFFFFFF);
            end++;
        }

        if (end == start)
        {
            return 0;
        }

        if (end < text.Length && text[end] == ';')
        {
            end++;
        }

        if (number is 0 or (>= 0xD800 and <= 0xDFFF) or > 0x10FFFF)
        {
            result.Append('\uFFFD');
        }
        else if (number is >= 0x80 and <= 0x9F)
        {
            result.Append(Windows1252[(int)number - 0x80]);
        }
        else if (number == 0x0D || !IsInvalid((int)number))
        {
            result.Append(char.ConvertFromUtf32((int)number));
        }

        return end;
    }

    private static bool IsInvalid(int code) =>
        code is (>= 1 and <= 8) or 0x0B or (>= 0x0E and <= 0x1F) or 0x7F or (>= 0xFDD0 and <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE;

    private static int StrictLength(ReadOnlySpan<char> text)
    {
        int start = text.Length > 1 && text[1] == '#' ? 2 : 1, end = start;
        while (end < text.Length && end - start < 24 && char.IsAsciiLetterOrDigit(text[end]))
        {
            end++;
        }

        return end > start && end < text.Length && text[end] == ';' ? end + 1 : 0;
    }

    private static string? Strict(ReadOnlySpan<char> reference)
    {
        if (reference[1] == '#')
        {
            string resolved = Unescape(reference.ToString());
            return resolved.Contains(';') ? null : resolved;
        }

        ReadOnlySpan<char> name = reference[1..];
        if (s_lookup.TryGetValue(name, out string? known))
        {
            return known;
        }

        // A name in capitals stands for the capital of the small name, unless HTML reads any beginning of it as something else.
        Span<char> small = stackalloc char[name.Length];
        name.ToLowerInvariant(small);
        Span<char> capital = stackalloc char[name.Length];
        name.ToUpperInvariant(capital);
        return name.SequenceEqual(capital) && s_lookup.TryGetValue(small, out known)
            && Unescape(reference.ToString()).AsSpan().SequenceEqual(reference)
                ? known.ToUpperInvariant()
                : null;
    }

    private static Dictionary<string, string> Load()
    {
        Dictionary<string, string> names = new(2300, StringComparer.Ordinal);
        foreach (string[] row in TextTable.Rows("html5-entities.txt"))
        {
            names[row[0]] = TextTable.Text(row.AsSpan(1));
        }

        return names;
    }
}
