namespace Avion.Data;

/// <summary>Reads the text tables that are embedded in this assembly (written by tools/text-tables/generate.py).</summary>
internal static class TextTable
{
    /// <summary>The fields of each line of a table; lines that begin with '#' are comments.</summary>
    public static IEnumerable<string[]> Rows(string name)
    {
        using Stream stream = typeof(TextTable).Assembly.GetManifestResourceStream($"Avion.Data.Tokenizer.Tables.{name}")
            ?? throw new InvalidOperationException($"The table '{name}' is not embedded in Avion.Data: this is a bug in Avion.");
        using StreamReader reader = new(stream, Encoding.ASCII);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                yield return line.Split(' ');
            }
        }
    }

    public static int CodePoint(ReadOnlySpan<char> hexadecimal) =>
        int.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    public static string Text(ReadOnlySpan<string> hexadecimals)
    {
        StringBuilder text = new();
        foreach (string part in hexadecimals)
        {
            text.Append(char.ConvertFromUtf32(CodePoint(part)));
        }

        return text.ToString();
    }
}
