namespace Avion.Cli;

/// <summary>The texts that a command line names: `--text` and the lines of `--texts FILE`.</summary>
internal static class TextInputs
{
    /// <summary>The texts, in order.</summary>
    /// <param name="texts">What stands on the command line.</param>
    /// <param name="named">How these are called there, such as <c>--text</c>.</param>
    /// <param name="file">A file of texts as <see cref="ListedTexts"/> has them; null for none.</param>
    /// <param name="keepsRepeated">Whether each line counts; otherwise a text that stands there twice is one.</param>
    /// <param name="tell">Tells what is passed over.</param>
    /// <exception cref="UsageException">A text is empty, or there is no such file.</exception>
    public static IReadOnlyList<string> Read(IReadOnlyList<string> texts, string named, string? file, bool keepsRepeated, Action<string> tell)
    {
        if (texts.Any(string.IsNullOrWhiteSpace))
        {
            throw new UsageException($"{named} is empty, expected words.");
        }

        if (file is null)
        {
            return texts;
        }

        _ = NamedPath.Require(file, "a file with a text on each line");
        ListedTexts listed = RefusedStart.Run(() => ListedTexts.Read(file, "text", keepsRepeated ? null : static text => text));
        foreach (string note in listed.Notes)
        {
            tell(note);
        }

        return [.. texts, .. listed.Texts];
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
        BytePairTokenizer tokenizer = RefusedStart.Run(() => extractor.OpenTokenizer(vocabulary));
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
