namespace Avion.Cli;

/// <summary>The texts that a command line names: `--text` and the lines of `--texts FILE`.</summary>
internal static class TextInputs
{
    /// <summary>The texts, in order.</summary>
    /// <param name="texts">What `--text` gives.</param>
    /// <param name="file">A file with a text on each line; null for none. Empty lines are passed over and told.</param>
    /// <param name="tell">Tells what is passed over.</param>
    /// <exception cref="UsageException">A text is empty, or there is no such file.</exception>
    public static IReadOnlyList<string> Read(IReadOnlyList<string> texts, string? file, Action<string> tell)
    {
        if (texts.Any(string.IsNullOrWhiteSpace))
        {
            throw new UsageException("A --text is empty, expected words.");
        }

        if (file is null)
        {
            return texts;
        }

        string[] lines = File.ReadAllLines(NamedPath.Require(file, "a file with a text on each line"));
        string[] filled = [.. lines.Where(line => !string.IsNullOrWhiteSpace(line))];
        if (filled.Length < lines.Length)
        {
            tell($"'{file}': {Quantity.Count(lines.Length - filled.Length, "empty line")} passed over.");
        }

        return filled.Length > 0 ? [.. texts, .. filled.Select(line => line.Trim())]
            : throw new UsageException($"'{file}' has no text, expected one on each line.");
    }

    /// <summary>Turns texts into tokens, and tells of those that are cut or empty.</summary>
    public static IReadOnlyList<TextReading> Tokenize(
        FeatureExtractor extractor, IReadOnlyList<string> texts, string? vocabulary, Action<string> tell)
    {
        if (texts.Count == 0)
        {
            return [];
        }

        if (!extractor.ReadsText)
        {
            throw new UsageException($"'{extractor.ModelPath}' holds a classifier, which reads no text; leave --text and --texts out.");
        }

        const int told = 5;
        BytePairTokenizer tokenizer = extractor.OpenTokenizer(vocabulary);
        TextReading[] readings = [.. texts.Select(text => extractor.Read(tokenizer, text))];
        string[] notes = [.. readings.Select(reading => reading.Note).OfType<string>()];
        Array.ForEach(notes[..Math.Min(told, notes.Length)], note => tell(note));
        if (notes.Length > told)
        {
            tell($"{notes.Length - told} more texts are cut or have no words.");
        }

        return readings;
    }
}
