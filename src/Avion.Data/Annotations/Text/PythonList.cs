namespace Avion.Data;

/// <summary>Reads a list of texts as Python writes it: <c>['a', "b's", 'c\n']</c>.</summary>
internal static class PythonList
{
    /// <summary>Whether a field stands for a list.</summary>
    public static bool IsOne(ReadOnlySpan<byte> utf8) => utf8.Length >= 2 && utf8[0] == '[' && utf8[^1] == ']';

    /// <summary>Reads the texts of a list; false where it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, List<string> texts)
    {
        texts.Clear();
        ReadOnlySpan<char> rest = Encoding.UTF8.GetString(utf8[1..^1]).AsSpan().Trim();
        StringBuilder text = new();
        while (rest.Length > 0)
        {
            if (!TryTake(ref rest, text))
            {
                return false;
            }

            texts.Add(text.ToString());
            rest = rest.TrimStart();
            if (rest.Length > 0)
            {
                if (rest[0] != ',')
                {
                    return false;
                }

                rest = rest[1..].TrimStart();
            }
        }

        return texts.TrueForAll(AnnotationText.IsText);
    }

    private static bool TryTake(ref ReadOnlySpan<char> rest, StringBuilder text)
    {
        text.Clear();
        char quote = rest[0];
        if (quote is not ('\'' or '"'))
        {
            return false;
        }

        for (int i = 1; i < rest.Length; i++)
        {
            if (rest[i] == quote)
            {
                rest = rest[(i + 1)..];
                return true;
            }

            if (rest[i] != '\\')
            {
                text.Append(rest[i]);
            }
            else if (++i < rest.Length && !TryEscape(rest, ref i, text))
            {
                return false;
            }
        }

        return false;
    }

    private static bool TryEscape(ReadOnlySpan<char> rest, ref int at, StringBuilder text)
    {
        int digits = rest[at] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits == 0)
        {
            text.Append(rest[at] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', char other => other });
            return true;
        }

        if (at + digits >= rest.Length
            || !int.TryParse(rest.Slice(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
            || !Rune.IsValid(code))
        {
            return false;
        }

        text.Append(new Rune(code).ToString());
        at += digits;
        return true;
    }
}
