namespace Avion.Cli;

/// <summary>Classified clips as JSON, CSV and lines for people.</summary>
/// <param name="classifier">What tells the classes apart.</param>
internal sealed class ClassifiedClipWriter(ClipClassifier classifier)
{
    /// <summary>Head of a CSV file.</summary>
    public static string CsvHeader => "file,start,end,head,rank,label,number,probability,score,reason";

    /// <summary>What the score of a class is.</summary>
    public string ScoreName => classifier.IsZeroShot ? "cosine" : "logit";

    /// <summary>How a class is called.</summary>
    public static string NameOf(in LikelyClass likely) => likely.Name ?? likely.Number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A clip's properties: <c>"file": "a.mp4", "start": 2, "end": 6, "label": [{"class": "open", "number": 3,
    /// "probability": 0.81, "cosine": 0.29}, …]</c>, or <c>reason</c> for one that cannot be read.</summary>
    public void WriteProperties(Utf8JsonWriter json, ClassifiedClip clip)
    {
        json.WriteString("file", clip.File);
        ClipLines.WriteSpan(json, clip.Span);
        if (clip.Reason is { } reason)
        {
            json.WriteString("reason", reason);
        }

        for (int head = 0; head < clip.Heads.Length; head++)
        {
            json.WriteStartArray(classifier.Heads[head].Name);
            foreach (LikelyClass likely in clip.Heads[head])
            {
                likely.WriteTo(json, ScoreName);
            }

            json.WriteEndArray();
        }
    }

    /// <summary>A clip as one line of JSON.</summary>
    public string JsonLine(ClassifiedClip clip) => JsonLines.Text(json => WriteProperties(json, clip));

    /// <summary>A clip as lines of CSV, one for each class.</summary>
    public IEnumerable<string> CsvLines(ClassifiedClip clip)
    {
        string place = clip.Span.IsWhole
            ? $"{Quote(clip.File)},,"
            : string.Create(CultureInfo.InvariantCulture, $"{Quote(clip.File)},{clip.Span.Start},{clip.Span.End}");
        if (clip.Reason is { } reason)
        {
            yield return $"{place},,,,,,,{Quote(reason)}";
        }

        for (int head = 0; head < clip.Heads.Length; head++)
        {
            for (int rank = 0; rank < clip.Heads[head].Length; rank++)
            {
                LikelyClass likely = clip.Heads[head][rank];
                yield return string.Create(CultureInfo.InvariantCulture,
                    $"{place},{Quote(classifier.Heads[head].Name)},{rank + 1},{Quote(likely.Name ?? "")},{likely.Number},")
                    + string.Create(CultureInfo.InvariantCulture, $"{Written(likely.Probability)},{Written(likely.Score)},");
            }
        }
    }

    /// <summary>A clip as a line for people: <c>cam/7.ts  12.00-16.00 s  open 0.81, close 0.09</c>.</summary>
    public string Line(ClassifiedClip clip) => $"{clip.File}  {clip.Part}  "
        + (clip.Reason ?? string.Join(";  ", clip.Heads.Select((likely, head) =>
            (clip.Heads.Length > 1 ? $"{classifier.Heads[head].Name}: " : "") + Words(likely))));

    /// <summary>Classes with their probabilities.</summary>
    public static string Words(IEnumerable<LikelyClass> likely) => string.Join(", ", likely.Select(each =>
        string.Create(CultureInfo.InvariantCulture, $"{NameOf(each)} {each.Probability:0.00}")));

    private static double Written(double value) => Math.Round(value, LikelyClass.WrittenDigits);

    private static string Quote(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
