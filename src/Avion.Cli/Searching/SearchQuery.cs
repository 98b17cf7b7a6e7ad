namespace Avion.Cli;

/// <summary>What is searched for: a text, or a part of a video.</summary>
/// <param name="Text">The text; null where a video is given.</param>
/// <param name="Video">The video; null where a text is given.</param>
/// <param name="Span">Which part of the video.</param>
internal sealed record SearchQuery(string? Text, string? Video, ClipSpan Span)
{
    /// <summary>For people.</summary>
    public string Title => Text ?? $"{Video}{(Span.IsWhole ? "" : $", {ClipTimes.Of(Span)}")}";

    /// <summary>The vectors of queries, one after the other.</summary>
    /// <param name="queries">The queries.</param>
    /// <param name="extractor">A model with embeddings.</param>
    /// <param name="vocabulary">The merges file that was named; null for the model's own.</param>
    /// <param name="tell">Tells of texts that are cut or empty.</param>
    /// <param name="cancellation">Stops between clips.</param>
    /// <exception cref="UsageException">A text is empty, or a video cannot be read.</exception>
    public static float[] Embed(IReadOnlyList<SearchQuery> queries, FeatureExtractor extractor, string? vocabulary, Action<string> tell,
        CancellationToken cancellation)
    {
        IReadOnlyList<TextReading> texts = TextInputs.Tokenize(extractor, [.. queries.Select(query => query.Text).OfType<string>()], vocabulary, tell);
        Queue<float[]> ofTexts = new(texts.Count > 0 ? extractor.OfTexts(texts, cancellation).Chunk(extractor.Outputs[0].Size) : []);
        List<float> vectors = [];
        using VideoClipSource source = new();
        foreach (SearchQuery query in queries)
        {
            vectors.AddRange(query.Video is null ? ofTexts.Dequeue()
                : extractor.OfPixels(RefusedStart.Run(() => extractor.ReadClip(query.Video, query.Span, source, out _, cancellation)))[0]);
        }

        return [.. vectors];
    }

    /// <summary>Whether a clip has time in common with the part that is searched by.</summary>
    public bool Covers(in FeatureRow row, string? path) =>
        Video is not null && path is not null && Path.GetFullPath(path) == Path.GetFullPath(Video) && ClipIndex.Overlaps(row.Span, Span);
}
