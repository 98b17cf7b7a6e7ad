namespace Avion.Cli;

/// <summary>`avion bench extract`: whether extracting a great many clips keeps its memory, survives a kill and misses nothing.</summary>
internal static class BenchExtractCommand
{
    private const int Least = 1000, Most = 10_000_000, ShownSamples = 10;
    private const string Marker = ".avion-soak";

    public static Command Create()
    {
        Option<int> clips = NumberOption.Create("--clips", "Clips in all, rounded up to whole videos.", 100_000, Least, Most);
        Option<string> output = new("--output", "-o")
        {
            Description = "Folder for everything that is made; a new one, an empty one or an earlier soak's, which is replaced.",
            DefaultValueFactory = _ => "soak",
        };
        Option<int> threads = ThreadsOption.Create();
        Option<bool> json = JsonOption.Create();
        Command command = new("extract",
            "Extract a great many clips, undisturbed and killed in the middle, and see that memory stays flat and nothing is lost.")
        {
            clips, output, threads, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
            Run(parsed.GetValue(output)!, parsed.GetValue(clips), parsed.GetValue(threads), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static int Run(string folder, int clips, int threads, bool asJson, CancellationToken cancellation)
    {
        OwnFolder.Claim(folder, Marker, "avion bench extract");
        foreach (string name in Directory.GetDirectories(folder))
        {
            Directory.Delete(name, recursive: true);
        }

        int whole = (clips + SoakVideos.ClipsOfVideo - 1) / SoakVideos.ClipsOfVideo * SoakVideos.ClipsOfVideo;
        ExtractionSoakResult result;
        using (ProgressDisplay display = new())
        {
            string last = "";
            result = new ExtractionSoak(Path.GetFullPath(folder), whole, threads).Run((run, sample) => display.Report(last = run,
                (double)sample.Clips / whole,
                $"{Quantity.Count(sample.Clips, "clip")}  {Quantity.Mebibytes(sample.ResidentBytes)}"), cancellation);

            // Looks from outside rarely meet the end.
            display.Report(last, 1, Quantity.Count(whole, "clip"));
        }

        if (asJson)
        {
            JsonOutput.Write(json => WriteJson(json, result));
        }
        else
        {
            WriteTable(result);
        }

        return result.HasPassed ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void WriteTable(ExtractionSoakResult result)
    {
        ResultTable table = new("clips", "resident memory", "open files");
        foreach (ExtractionSample sample in Curve(result))
        {
            table.Add($"{sample.Clips:#,0}", Quantity.Mebibytes(sample.ResidentBytes),
                sample.OpenFiles.ToString(CultureInfo.InvariantCulture));
        }

        table.Write();
        Console.Out.WriteLine(
            $"{(result.IsFlat ? "Flat" : "Memory or open files grew")}: {Quantity.Count(result.Clips, "clip")} undisturbed at "
            + string.Create(CultureInfo.InvariantCulture, $"{result.ClipsPerSecond:0} clips/s, ")
            + $"peak {Quantity.Mebibytes(result.PeakResidentBytes)}, "
            + $"{Quantity.Bytes(result.ManagedBytesPerClip)} of managed memory a clip. Killed once and resumed from clip {result.ResumedClips:#,0}.");
        Console.Out.WriteLine($"{Quantity.Count(result.Rows, "row")}, {Quantity.Count(result.Unreadable, "clip")} that could not be read, "
            + $"{Quantity.Count(result.Unopened, "file")} that could not be opened: "
            + (result.Faults.Count == 0 ? "all accounted for, both runs the same to the bit." : ""));
        foreach (string fault in result.Faults)
        {
            Console.Out.WriteLine("WRONG: " + fault);
        }
    }

    private static void WriteJson(Utf8JsonWriter json, ExtractionSoakResult result)
    {
        json.WriteNumber("clips", result.Clips);
        json.WriteNumber("rows", result.Rows);
        json.WriteNumber("unreadable_clips", result.Unreadable);
        json.WriteNumber("bad_videos", result.Unopened);
        json.WriteNumber("resumed_clips", result.ResumedClips);
        json.WriteNumber("clips_per_second", result.ClipsPerSecond);
        json.WriteNumber("managed_bytes_per_clip", result.ManagedBytesPerClip);
        json.WriteNumber("elapsed_seconds", result.Seconds);
        json.WriteNumber("peak_resident_bytes", result.PeakResidentBytes);
        json.WriteBoolean("flat", result.IsFlat);
        json.WriteStartArray("samples");
        foreach (ExtractionSample sample in Curve(result))
        {
            json.WriteStartObject();
            json.WriteNumber("clips", sample.Clips);
            json.WriteNumber("resident_bytes", sample.ResidentBytes);
            json.WriteNumber("open_files", sample.OpenFiles);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("faults");
        foreach (string fault in result.Faults)
        {
            json.WriteStringValue(fault);
        }

        json.WriteEndArray();
    }

    /// <summary>The first sample of each tenth, and the last one.</summary>
    private static IEnumerable<ExtractionSample> Curve(ExtractionSoakResult result) => result.Samples
        .GroupBy(sample => (long)ShownSamples * sample.Clips / Math.Max(result.Clips, 1))
        .Where(tenth => tenth.Key > 0 && tenth.Key < ShownSamples)
        .Select(tenth => tenth.First()).Concat(result.Late is { } late ? [late] : []);
}
