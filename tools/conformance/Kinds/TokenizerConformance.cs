namespace Avion.ConformanceTool;

/// <summary>Token identifiers of captions under CLIP's published vocabulary, exactly.</summary>
internal sealed class TokenizerConformance : IConformanceKind
{
    public string Kind => "clip_tokenizer";

    public void Check(JsonElement fixture, ConformanceContext context, FigureList figures)
    {
        if ((context.VocabularyPath ?? VocabularySearch.Find(context.Folder)) is not { } path)
        {
            figures.Skip($"token ids of {fixture.Required("cases").GetArrayLength()} captions", VocabularySearch.Remedy);
            return;
        }

        BytePairTokenizer tokenizer = BytePairTokenizer.Load(path);
        int contextLength = fixture.Int("context");
        foreach (JsonElement item in fixture.Required("cases").EnumerateArray())
        {
            string text = item.Required("text").GetString()!;
            int[] ids = tokenizer.Encode(text, contextLength), expected = item.Required("ids").Ints();

            // Padded rows are as long as the context, and zero after the end.
            int[] actual = expected.Length == contextLength ? [.. ids, .. new int[contextLength - ids.Length]] : ids;
            figures.Same($"token ids of \"{(text.Length > 40 ? text[..40] + "…" : text)}\"", actual.SequenceEqual(expected),
                $"got {string.Join(' ', ids)}");
        }
    }
}
