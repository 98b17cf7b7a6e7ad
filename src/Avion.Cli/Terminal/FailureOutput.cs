namespace Avion.Cli;

/// <summary>Videos that could not be opened and clips that could not be read, at the end of a command.</summary>
internal static class FailureOutput
{
    /// <summary>How many a table lists.</summary>
    public const int Listed = 10;

    private const int ListedInJson = 1000;

    /// <summary>Prints them as a table.</summary>
    /// <param name="failures">The videos and clips.</param>
    /// <param name="part">How a part of a video is called.</param>
    public static void WriteTable(IEnumerable<Unreadable> failures, Func<ClipSpan, string> part)
    {
        ResultTable table = new("video", "part", "problem");
        foreach (Unreadable bad in failures.Take(Listed))
        {
            table.Add(bad.File, part(bad.Span), bad.Reason);
        }

        table.Write();
    }

    /// <summary>How many there are, as a sentence; there is one at least.</summary>
    public static string Sentence(int videos, int clips) =>
        string.Join(", ", ((string?[])[videos > 0 ? $"{Quantity.Count(videos, "video")} could not be opened" : null,
            clips > 0 ? $"{Quantity.Count(clips, "clip")} could not be read" : null]).OfType<string>()) + ".";

    /// <summary>Writes them as the field <c>failures</c>.</summary>
    public static void WriteField(Utf8JsonWriter json, IEnumerable<Unreadable> failures)
    {
        json.WriteStartArray("failures");
        foreach (Unreadable bad in failures.Take(ListedInJson))
        {
            json.WriteStartObject();
            json.WriteString("file", bad.File);
            ClipLines.WriteSpan(json, bad.Span);
            json.WriteString("reason", bad.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
