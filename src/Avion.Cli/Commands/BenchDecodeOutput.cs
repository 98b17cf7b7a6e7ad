namespace Avion.Cli;

/// <summary>Prints what `avion bench decode` measured: a table and a verdict for people, or one JSON document.</summary>
/// <param name="asJson">JSON instead of a table.</param>
/// <param name="clipsPerSecond">Clips a second that a device trains, for the verdict.</param>
internal sealed class BenchDecodeOutput(bool asJson, double clipsPerSecond)
{
    /// <summary>One line on standard error.</summary>
    public static void Progress(SoakSample sample) => Console.Error.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{sample.ClipsRead} clips, {Quantity.Mebibytes(sample.ResidentBytes)} resident, {Quantity.Mebibytes(sample.ManagedBytes)} "
            + $"managed, {sample.OpenFiles} open files"));

    /// <summary>Clips and the table.</summary>
    public void Write(DecodeBenchmarkResult clips, IReadOnlyList<DecodeFigure> figures)
    {
        int cores = clips.CoresFor(clipsPerSecond);
        if (asJson)
        {
            JsonOutput.Write(json => WriteClips(json, clips, figures, cores));
            return;
        }

        ResultTable table = new("figure", "Avion", "beside it", "what", "ratio", "asked");
        foreach (DecodeFigure figure in figures)
        {
            table.Add(
                figure.Name, $"{Text(figure.Value)} {figure.Unit}",
                double.IsNaN(figure.Beside) ? "" : $"{Text(figure.Beside)} {figure.Unit}", figure.BesideName,
                double.IsNaN(figure.Ratio) ? "" : Text(figure.Ratio), Asked(figure));
        }

        table.Write();
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"A core reads {clips.ClipsPerCoreSecond:0.0} clips/s ({clips.MillisecondsPerClip:0.00} ms each: {100 * clips.DecodeShare:0} " +
            $"% in libavcodec, {100 * clips.ConvertShare:0} % crop and resize, {100 * clips.ReadShare:0} % files)."));
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"A device that trains {clipsPerSecond:0.#} clips/s is fed by {cores} core{(cores == 1 ? "" : "s")} like this machine's."));
    }

    /// <summary>The soak.</summary>
    public void Write(SoakResult result)
    {
        if (asJson)
        {
            JsonOutput.Write(json => WriteSoak(json, result));
            return;
        }

        ResultTable table = new("", "after a tenth", "at the end");
        table.Add("clips", Text(result.Early.ClipsRead), Text(result.Late.ClipsRead));
        table.Add("resident memory", Quantity.Mebibytes(result.Early.ResidentBytes), Quantity.Mebibytes(result.Late.ResidentBytes));
        table.Add("managed memory", Quantity.Mebibytes(result.Early.ManagedBytes), Quantity.Mebibytes(result.Late.ManagedBytes));
        table.Add("open files", Text(result.Early.OpenFiles), Text(result.Late.OpenFiles));
        table.Write();
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(result.IsFlat ? "Flat" : "Memory or open files grew")}: "
                + $"{result.Late.ClipsRead} clips in {result.ElapsedSeconds:0} s, peak {Quantity.Mebibytes(result.PeakResidentBytes)}."));
    }

    private void WriteClips(Utf8JsonWriter json, DecodeBenchmarkResult clips, IReadOnlyList<DecodeFigure> figures, int cores)
    {
        json.WriteNumber("clips_per_core_second", clips.ClipsPerCoreSecond);
        json.WriteNumber("milliseconds_per_clip", clips.MillisecondsPerClip);
        json.WriteNumber("clips_per_second", clips.WallClipsPerSecond);
        json.WriteNumber("frames_decoded_per_clip", clips.FramesDecodedPerClip);
        json.WriteNumber("bytes_read_per_clip", clips.BytesReadPerClip);
        json.WriteNumber("managed_bytes_per_clip", clips.ManagedBytesPerClip);
        json.WriteNumber("decode_share", clips.DecodeShare);
        json.WriteNumber("resize_share", clips.ConvertShare);
        json.WriteNumber("read_share", clips.ReadShare);
        json.WriteNumber("feed_clips_per_second", clipsPerSecond);
        json.WriteNumber("cores_needed", cores);
        json.WriteStartArray("figures");
        foreach (DecodeFigure figure in figures)
        {
            json.WriteStartObject();
            json.WriteString("key", figure.Key);
            json.WriteString("name", figure.Name);
            Number(json, "value", figure.Value);
            json.WriteString("unit", figure.Unit);
            Number(json, "beside", figure.Beside);
            json.WriteString("beside_name", figure.BesideName);
            Number(json, "ratio", figure.Ratio);
            Number(json, "target", figure.Target);
            if (figure.IsMet is { } met)
            {
                json.WriteBoolean("met", met);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSoak(Utf8JsonWriter json, SoakResult result)
    {
        foreach ((string name, SoakSample sample) in new[] { ("tenth", result.Early), ("end", result.Late) })
        {
            json.WriteStartObject(name);
            json.WriteNumber("clips", sample.ClipsRead);
            json.WriteNumber("resident_bytes", sample.ResidentBytes);
            json.WriteNumber("managed_bytes", sample.ManagedBytes);
            json.WriteNumber("open_files", sample.OpenFiles);
            json.WriteEndObject();
        }

        json.WriteNumber("peak_resident_bytes", result.PeakResidentBytes);
        json.WriteNumber("elapsed_seconds", result.ElapsedSeconds);
        json.WriteBoolean("flat", result.IsFlat);
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
    }

    private static string Asked(DecodeFigure figure) => figure.Bound switch
    {
        FigureBound.None => "",
        FigureBound.AtLeast => $"≥ {Text(figure.Target)} {Verdict(figure)}",
        _ => $"≤ {Text(figure.Target)} {Verdict(figure)}",
    };

    private static string Verdict(DecodeFigure figure) => figure.IsMet == true ? "reached" : "missed";

    private static string Text(double value) => value.ToString(value is >= 1000 or <= -1000 ? "N0" : "0.##", CultureInfo.InvariantCulture);
}
