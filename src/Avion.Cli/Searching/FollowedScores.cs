namespace Avion.Cli;

/// <summary>A line for each window of a video that is being written: where it lies, and its score for each query.</summary>
/// <param name="queries">What is searched for.</param>
/// <param name="vectors">Their vectors of length 1, [Q, size].</param>
internal sealed class FollowedScores(IReadOnlyList<SearchQuery> queries, float[] vectors)
{
    /// <summary>Prints lines until the writer has ended, and says how the command ends.</summary>
    public int Write(FollowedFeatures windows, bool asJson, CancellationToken cancellation)
    {
        bool isBad = false;
        if (!asJson)
        {
            Console.Out.WriteLine(PrintableText.Of($"time, {string.Join(", ", queries.Select(query => $"\"{query.Title}\""))}, video"));
        }

        while (windows.Next(cancellation) is { } window)
        {
            isBad |= window.Reason is not null;
            double[] scores = window.Reason is not null ? [] : [.. queries.Select((_, query) => Score(query, window.Values[0]))];
            Console.Out.WriteLine(asJson ? JsonLine(window, scores) : PrintableText.Of(Line(window, scores)));
        }

        return isBad ? ExitCode.Failed : ExitCode.Ok;
    }

    private static string Line(FollowedFeature window, double[] scores) => window.Reason is not null
        ? $"{ClipTimes.Of(window.Span)}  -  {window.File}: {window.Reason}"
        : $"{ClipTimes.Of(window.Span)}  {string.Join("  ", scores.Select(score => score.ToString("0.000", CultureInfo.InvariantCulture)))}  {window.File}";

    private static string JsonLine(FollowedFeature window, double[] scores) => JsonLines.Text(json =>
    {
        json.WriteString("file", window.File);
        ClipLines.WriteSpan(json, window.Span);
        if (window.Reason is not null)
        {
            json.WriteString("reason", window.Reason);
            return;
        }

        json.WriteStartArray("scores");
        Array.ForEach(scores, json.WriteNumberValue);
        json.WriteEndArray();
    });

    private double Score(int query, float[] vector) => ExactProduct.Of(vectors.AsSpan(query * vector.Length, vector.Length), vector);
}
