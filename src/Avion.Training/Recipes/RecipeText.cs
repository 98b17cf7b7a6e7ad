namespace Avion.Training;

/// <summary>The text form of recipe values, which reads back to the same value.</summary>
internal static class RecipeText
{
    public static string Of(bool value) => value ? "true" : "false";

    public static string Of(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Of(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Of(double value) => value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');

    public static string Of(TextList value) => "[" + string.Join(", ", value.Select(Of)) + "]";

    /// <summary>Texts are always quoted: then no text can be taken for a number, a comment or a list.</summary>
    public static string Of(string value)
    {
        StringBuilder text = new("\"");
        foreach (char letter in value)
        {
            text.Append(letter switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                _ when char.IsControl(letter) || char.IsSurrogate(letter) || letter is '\u2028' or '\u2029' or '\uFEFF'
                    => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}"),
                _ => letter.ToString(),
            });
        }

        return text.Append('"').ToString();
    }

    public static bool TryParse(string text, out bool value)
    {
        value = text == "true";
        return value || text == "false";
    }

    public static bool TryParse(string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    public static bool TryParse(string text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    public static bool TryParse(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value)
        && !text.AsSpan().ContainsAny(" \t");
}
