namespace Avion.Data;

/// <summary>Reads times of annotation files: "12.5" seconds, "1:02.5" or "00:01:02.50".</summary>
internal static class TimeText
{
    private const int ExactDigits = 15;

    private static readonly double[] s_powersOfTen = [.. Enumerable.Range(0, ExactDigits + 1).Select(power => Math.Pow(10, power))];

    /// <summary>Seconds of a text; hours and minutes before the seconds are whole, and the parts after the first below 60.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out double seconds)
    {
        utf8 = utf8.Trim(" \t"u8);
        int colon = utf8.IndexOf((byte)':');
        if (colon < 0)
        {
            return TryParseNumber(utf8, out seconds);
        }

        seconds = 0;
        for (int parts = 1; parts <= 3; parts++)
        {
            ReadOnlySpan<byte> part = colon < 0 ? utf8 : utf8[..colon];
            if (!TryParseNumber(part, out double value) || part[0] is (byte)'-' or (byte)'+' || (parts > 1 && value >= 60)
                || (colon >= 0 && value != Math.Floor(value)))
            {
                return false;
            }

            seconds = (seconds * 60) + value;
            if (colon < 0)
            {
                return true;
            }

            utf8 = utf8[(colon + 1)..];
            colon = utf8.IndexOf((byte)':');
        }

        return false;
    }

    /// <summary>The span of two fields; both empty mean the whole video.</summary>
    /// <exception cref="DataException">One is no time.</exception>
    public static ClipSpan Span(string path, long line, ReadOnlySpan<byte> start, ReadOnlySpan<byte> end)
    {
        if (start.Trim(" \t"u8).IsEmpty && end.Trim(" \t"u8).IsEmpty)
        {
            return ClipSpan.Whole;
        }

        if (!TryParse(start, out double from))
        {
            throw Wrong(path, line, "start", start);
        }

        return TryParse(end, out double to) ? new ClipSpan(from, to) : throw Wrong(path, line, "end", end);
    }

    private static DataException Wrong(string path, long line, string field, ReadOnlySpan<byte> got) => AnnotationError.Make(
        path, line, Encoding.UTF8.GetString(got), $"{(field == "end" ? "an end" : "a start")} in field '{field}', a time such as 12.5 or "
            + "00:00:12.50");

    /// <summary>Few digits make whole numbers and powers of ten that are exact, so that one division gives the nearest number, as parsing
    /// does; what has more digits or another form is parsed.</summary>
    private static bool TryParseNumber(ReadOnlySpan<byte> utf8, out double value)
    {
        long digits = 0;
        int point = -1, length = utf8.Length;
        if (length is > 0 and <= ExactDigits)
        {
            for (int i = 0; i < length; i++)
            {
                uint digit = (uint)(utf8[i] - '0');
                if (digit <= 9)
                {
                    digits = (digits * 10) + digit;
                }
                else if (utf8[i] == '.' && point < 0 && length > 1)
                {
                    point = i;
                }
                else
                {
                    return TryParseAny(utf8, out value);
                }
            }

            value = point < 0 ? digits : digits / s_powersOfTen[length - point - 1];
            return true;
        }

        return TryParseAny(utf8, out value);
    }

    private static bool TryParseAny(ReadOnlySpan<byte> utf8, out double value) => double.TryParse(utf8,
        NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent, CultureInfo.InvariantCulture,
        out value)
        && double.IsFinite(value);
}
