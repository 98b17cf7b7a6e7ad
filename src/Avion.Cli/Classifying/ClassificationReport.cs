namespace Avion.Cli;

/// <summary>What `avion classify` prints at its end.</summary>
/// <param name="extractor">The model.</param>
/// <param name="classifier">What told the classes apart.</param>
/// <param name="device">What computed.</param>
internal sealed class ClassificationReport(FeatureExtractor extractor, ClipClassifier classifier, DeviceChoice device)
{
    private const int ListedClips = 1000;

    private readonly ClassifiedClipWriter _writer = new(classifier);
    private readonly List<ClassifiedClip> _clips = [];

    /// <summary>The file with all of them; null for none.</summary>
    public string? Output { get; init; }

    /// <summary>Adds a clip.</summary>
    public void Add(ClassifiedClip clip) => _clips.Add(clip);

    /// <summary>Prints, and says how the command ends.</summary>
    public int Write(bool asJson)
    {
        int bad = _clips.Count(clip => clip.Reason is not null);
        if (asJson)
        {
            JsonOutput.Write(WriteJson);
        }
        else
        {
            WriteText(bad);
        }

        return bad == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private void WriteText(int bad)
    {
        string[] headings = ["video", "part", .. classifier.Heads.Count > 1 ? ["head"] : Array.Empty<string>(), "label", "probability",
            _writer.ScoreName, "then"];
        ResultTable table = new(headings);
        foreach (ClassifiedClip clip in _clips.Where(clip => clip.Reason is null).Take(ListedClips))
        {
            for (int head = 0; head < clip.Heads.Length; head++)
            {
                LikelyClass best = clip.Heads[head][0];
                table.Add([clip.File, clip.Part, .. classifier.Heads.Count > 1 ? [classifier.Heads[head].Name] : Array.Empty<string>(),
                    ClassifiedClipWriter.NameOf(best), best.Probability.ToString("0.0000", CultureInfo.InvariantCulture),
                    best.Score.ToString("0.0000", CultureInfo.InvariantCulture), ClassifiedClipWriter.Words(clip.Heads[head].Skip(1))]);
            }
        }

        if (bad < _clips.Count)
        {
            table.Write();
            Console.Out.WriteLine(ClassifierChoice.WordOn(classifier));
        }

        if (bad > 0)
        {
            ResultTable failures = new("video", "part", "problem");
            foreach (ClassifiedClip clip in _clips.Where(clip => clip.Reason is not null).Take(ListedClips))
            {
                failures.Add(clip.File, clip.Part, clip.Reason!);
            }

            failures.Write();
            Console.Out.WriteLine($"{Quantity.Count(bad, "clip")} could not be read.");
        }

        if (_clips.Count - bad > ListedClips)
        {
            Console.Out.WriteLine($"{_clips.Count - bad - ListedClips:#,0} more clips are "
                + $"{(Output is null ? "not listed; --output FILE.csv writes all." : $"in {Output}.")}");
        }

        if (Output is not null)
        {
            Console.Out.WriteLine(PrintableText.Of($"Wrote {Output}."));
        }
    }

    private void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("weights", extractor.WeightsText);
        json.WriteString("device", device.Text);
        json.WriteBoolean("zero_shot", classifier.IsZeroShot);
        json.WriteNumber("scale", classifier.Scale);
        json.WriteString("probabilities", ClassifierChoice.WordOn(classifier));
        if (Output is not null)
        {
            json.WriteString("output", Output);
        }

        json.WriteStartArray("heads");
        foreach (ClassifierHeadOutput head in classifier.Heads)
        {
            json.WriteStartObject();
            json.WriteString("name", head.Name);
            json.WriteNumber("classes", head.ClassCount);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteClips(json, "clips", _clips.Where(clip => clip.Reason is null));
        WriteClips(json, "failures", _clips.Where(clip => clip.Reason is not null));
    }

    private void WriteClips(Utf8JsonWriter json, string name, IEnumerable<ClassifiedClip> clips)
    {
        json.WriteStartArray(name);
        foreach (ClassifiedClip clip in clips)
        {
            json.WriteStartObject();
            _writer.WriteProperties(json, clip);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
