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
        using (MemoryStream content = new())
        {
            foreach (TextReading text in texts)
            {
                JsonLines.Write(content, json =>
                {
                    json.WriteString("text", text.Text);
                    json.WriteNumber("tokens", text.TokenCount);
                    json.WriteNumber("tokens_read", text.Tokens.Length);
                });
            }

            DurableFiles.Write(Path.Combine(folder, Lines), content.GetBuffer().AsSpan(0, (int)content.Length));
        }

        NumpyFile.Write(Path.Combine(folder, Vectors), vectors, texts.Count, vectors.Length / texts.Count);
        return Names;
    }
}
