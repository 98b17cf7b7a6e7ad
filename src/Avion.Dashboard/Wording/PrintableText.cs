namespace Avion.Dashboard;

/// <summary>
/// Text that a terminal shows and does not obey: file names and what files say may hold control characters, which clear screens and
/// change titles, and marks that turn the direction of writing.
/// </summary>
public static class PrintableText
{
    /// <summary>The text with such characters written as <c>\u001b</c>; line ends stay where the text may have several lines.</summary>
    public static string Of(string text, bool mayHaveLines = false)
    {
        StringBuilder? escaped = null;
        for (int index = 0; index < text.Length; index++)
        {
            char character = text[index];
            bool isKept = !IsDangerous(character) || (mayHaveLines && character is '\n' or '\t');
            if (!isKept)
            {
                escaped ??= new StringBuilder(text, 0, index, text.Length + 16);
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                escaped?.Append(character);
            }
        }

        return escaped?.ToString() ?? text;
    }

    private static bool IsDangerous(char character) => char.IsControl(character)
        || character is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
