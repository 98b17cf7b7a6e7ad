namespace Avion.Data;

/// <summary>Reads times of annotation files: "12.5" seconds, "1:02.5" or "00:01:02.50".</summary>
internal static class TimeText
{
    public static bool TryParse(ReadOnlySpan<char> text, out double seconds)
    {
        seconds = 0;
        text = text.Trim();
        int parts = 0;
        foreach (Range range in text.Split(':'))
        {
            ReadOnlySpan<char> part = text[range];
            const NumberStyles decimalNumber = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent;
            if (++parts > 3
                || !double.TryParse(part, decimalNumber, CultureInfo.InvariantCulture, out double value)
                || !double.IsFinite(value))
            {
                return false;
            }

            seconds = (seconds * 60) + value;
        }

        return parts > 0;
    }

    /// <summary>The span of two fields; both empty mean the whole video.</summary>
    public static ClipSpan Span(string path, long line, string start, string end)
    {
        if (string.IsNullOrWhiteSpace(start) && string.IsNullOrWhiteSpace(end))
        {
            return ClipSpan.Whole;
        }

        const string expected = "a time such as 12.5 or 00:00:12.50";
        if (!TryParse(start, out double from))
        {
            AnnotationError.Throw(path, line, start, $"a start, {expected}");
        }

        if (!TryParse(end, out double to))
        {
            AnnotationError.Throw(path, line, end, $"an end, {expected}");
        }

        return to >= from
            ? new ClipSpan(from, to)
            : throw AnnotationError.Make(path, line, $"{start} to {end}", "an end that is not before the start");
    }
}
