namespace Avion.Dashboard;

/// <summary>A title for a value that no task has given one: its name in words.</summary>
public static class MetricTitle
{
    private static readonly (string Ending, string Words)[] s_directions = [("_v2t", " video to text"), ("_t2v", " text to video")];

    private static readonly (string Word, string Written)[] s_words =
        [("ndcg", "nDCG"), ("map", "mAP"), ("mcq", "EgoMCQ"), ("zero_shot", "zero-shot")];

    /// <summary>Such as "recall@5 text to video" for <c>recall_at_5_t2v</c>.</summary>
    public static string Of(string name)
    {
        (string ending, string words) =
            Array.Find(s_directions, direction => name.EndsWith(direction.Ending, StringComparison.Ordinal)) is { Ending: not null } found
                ? found : ("", "");
        string first = name[..^ending.Length];
        first = first.Replace("_at_", "@", StringComparison.Ordinal);
        (string? word, string? written) = Array.Find(s_words, known => first.StartsWith(known.Word, StringComparison.Ordinal));
        string title = (written + first[(word ?? "").Length..]).Replace('_', ' ') + words;
        return title.Replace("top1", "top-1 accuracy", StringComparison.Ordinal)
            .Replace("top5", "top-5 accuracy", StringComparison.Ordinal);
    }
}
