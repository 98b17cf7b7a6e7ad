namespace Avion.Cli;

/// <summary>What `avion extract` prints at its end.</summary>
internal sealed class ExtractionReport(FeatureExtractor extractor, DeviceChoice device, ExtractionOptions options)
{
    /// <summary>Videos that could not be opened.</summary>
    public IReadOnlyList<BadVideo> BadVideos { get; set; } = [];

    /// <summary>Videos of the list.</summary>
    public int Videos { get; set; }

    /// <summary>Texts.</summary>
    public int Texts { get; init; }

    /// <summary>What became of the clips; null where there were texts alone.</summary>
    public ExtractionResult? Result { get; set; }

    /// <summary>Files of texts.</summary>
    public IReadOnlyList<string> TextFiles { get; set; } = [];

    private int Bad => BadVideos.Count + (Result?.UnreadableClips ?? 0);

    /// <summary>Prints, and says how the command ends.</summary>
    public int Write(bool asJson)
    {
        if (asJson)
        {
            JsonOutput.Write(WriteJson);
        }
        else
        {
            WriteText();
        }

        return Bad == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    /// <summary>Which of reading and the model bounds the rate, as a sentence.</summary>
    internal static string RateOf(in FeatureStatistics rate)
    {
        string bound = rate.IsBoundByReading ? "reading bounds it" : "the model bounds it";
        double ceiling = Math.Min(rate.ReadingClipsPerSecond, rate.ModelClipsPerSecond);
        return string.Create(CultureInfo.InvariantCulture, $"{rate.ClipsPerSecond:0.0} clips/s, {rate.ClipsPerSecond / Math.Max(ceiling, 1e-9):P0} of the ")
            + string.Create(CultureInfo.InvariantCulture, $"slower of reading ({rate.ReadingClipsPerSecond:0.0} on {Quantity.Count(rate.Threads, "thread")}) and ")
            + string.Create(CultureInfo.InvariantCulture, $"the model ({rate.ModelClipsPerSecond:0.0}): {bound}.");
    }

    private void WriteText()
    {
        if (Result is { } result)
        {
            if (result.Failures.Count > 0)
            {
                FailureOutput.WriteTable(result.Failures, static span => span.ToString());
                string more = Bad > FailureOutput.Listed
                    ? $" {Bad - FailureOutput.Listed:#,0} more are listed in {Path.Combine(options.Folder, ClipLines.FailuresFileName)}." : "";
                Console.Out.WriteLine(FailureOutput.Sentence(BadVideos.Count, result.UnreadableClips) + more);
            }

            string resumed = result.ResumedClips > 0 ? $" ({result.ResumedClips:#,0} of them by an earlier run)" : "";
            Console.Out.WriteLine($"{Quantity.Count(result.RowCount, "row")} of {Quantity.Count(result.ClipCount, "clip")}{resumed} of "
                + $"{Quantity.Count(Videos, "video")}. {(result.Statistics.Clips > 0 ? RateOf(result.Statistics) : "There was nothing left to compute.")}");
        }

        Console.Out.WriteLine($"Wrote {string.Join(", ", Files.Select(file => Path.Combine(options.Folder, file)))}.");
    }

    private IEnumerable<string> Files => (Result?.Files ?? []).Concat(TextFiles);

    private void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("weights", extractor.WeightsText);
        json.WriteString("device", device.Text);
        json.WriteString("output", options.Folder);
        JsonOutput.WriteTexts(json, "files", Files);
        json.WriteStartArray("outputs");
        foreach (FeatureOutput output in extractor.Outputs)
        {
            json.WriteStartObject();
            json.WriteString("name", output.Name);
            json.WriteNumber("size", output.Size);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("videos", Videos);
        json.WriteNumber("clips", Result?.ClipCount ?? 0);
        json.WriteNumber("rows", Result?.RowCount ?? 0);
        json.WriteNumber("resumed_clips", Result?.ResumedClips ?? 0);
        json.WriteNumber("bad_videos", BadVideos.Count);
        json.WriteNumber("unreadable_clips", Result?.UnreadableClips ?? 0);
        json.WriteNumber("texts", Texts);
        if (Result?.Statistics is { Clips: > 0 } rate)
        {
            json.WriteNumber("elapsed_seconds", rate.Seconds);
            json.WriteNumber("clips_per_second", rate.ClipsPerSecond);
            json.WriteNumber("reading_clips_per_second", rate.ReadingClipsPerSecond);
            json.WriteNumber("model_clips_per_second", rate.ModelClipsPerSecond);
            json.WriteString("bound_by", rate.IsBoundByReading ? "reading" : "model");
            json.WriteNumber("managed_bytes_per_clip", (double)Result.AllocatedBytes / rate.Clips);
        }

        FailureOutput.WriteField(json, Result?.Failures ?? []);
    }
}
