namespace Avion.Cli;

/// <summary>Vectors of texts as files: <c>texts.npy</c>, and <c>texts.jsonl</c> with the text of each row.</summary>
internal static class TextFiles
{
    private const string Vectors = "texts.npy", Lines = "texts.jsonl";

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Vectors, Lines];

    /// <summary>Writes both; each appears whole or not at all.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="vectors">Their vectors, [texts, size].</param>
    /// <returns>Their names.</returns>
    public static IReadOnlyList<string> Write(string folder, IReadOnlyList<TextReading> texts, float[] vectors)
    {
        Directory.CreateDirectory(folder);
        DurableFiles.Write(Path.Combine(folder, Lines), LinesOf(texts));
        NumpyFile.Write(Path.Combine(folder, Vectors), vectors, texts.Count, vectors.Length / texts.Count);
        return Names;
    }

    /// <summary>Makes sure that no vectors of other texts are replaced unasked; those of the same texts are made again.</summary>
    /// <exception cref="UsageException">There are such.</exception>
    public static void RequireSame(string folder, IReadOnlyList<TextReading> texts, bool isForced)
    {
        string path = Path.Combine(folder, Lines);
        if (texts.Count > 0 && !isForced && File.Exists(path) && !File.ReadAllBytes(path).AsSpan().SequenceEqual(LinesOf(texts)))
        {
            throw new UsageException($"'{path}' lists other texts. Name another folder, or replace them with --force.");
        }
    }

    private static byte[] LinesOf(IReadOnlyList<TextReading> texts)
    {
        using MemoryStream content = new();
        foreach (TextReading text in texts)
        {
            JsonLines.Write(content, json =>
            {
                json.WriteString("text", text.Text);
                json.WriteNumber("tokens", text.TokenCount);
                json.WriteNumber("tokens_read", text.Tokens.Length);
            });
        }

        return content.ToArray();
    }
}
