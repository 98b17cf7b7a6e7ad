namespace Avion.Cli;

/// <summary>What `avion plan --measure` prints of a measurement: a table and sentences, or an object of JSON.</summary>
internal static class MeasurementOutput
{
    public static void Write(TrainingMeasurement found, Recipe recipe)
    {
        Console.Out.WriteLine();
        Console.Out.WriteLine($"Measured here in {Quantity.Duration(found.Seconds)}:");
        ResultTable table = new("figure", "rate", "");
        AddReading(table, "reading, one decode thread", found.OneThread);
        if (found.Place.DecodeThreads > 1)
        {
            AddReading(table, $"reading, {Threads(found.Place.DecodeThreads)}", found.FirstTime);
        }

        AddReading(table, "reading the same clips again", found.Again);
        AddReading(table, $"reading, {Threads(found.Place.Processors)}", found.EveryProcessor);
        if (found.Steps is { } steps)
        {
            table.Add("steps alone", Rate(found.StepClipsPerSecond), $"{Step(found, found.StepClipsPerSecond)} a step{(steps.AreMadeUp ? ", of made-up clips" : "")}{(steps.IsUnsure ? "; unsure, see below" : "")}");
            if (steps.Together.Count > 0)
            {
                table.Add("reading and steps together", Rate(found.TogetherClipsPerSecond), $"{Step(found, found.TogetherClipsPerSecond)} a step");
            }

            if (steps.UsedStepBytes > 0)
            {
                table.Add("memory of a step", ByteSize.Text(steps.UsedStepBytes), $"{ByteSize.Text(steps.PlannedStepBytes)} planned for {steps.BatchSize} clips");
            }

            AddMemory(table, found, steps);
        }

        table.Write();
        if (found.Verdict is { } verdict)
        {
            Console.Out.WriteLine($"Bottleneck: {verdict.Text}");
        }

        if (double.IsFinite(found.RunSeconds))
        {
            (double low, double high) = found.RunSecondsRange;
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The whole run: {found.Clips:#,0} clips in {recipe.Train.Epochs} epochs take ")
                + $"{Long(found.RunSeconds)} ({Long(low)} to {Long(high)} by the fastest and slowest tenth of the steps), evaluations and saves aside.");
        }

        WriteImprovements(found);
        foreach (string remark in found.Remarks)
        {
            Console.Out.WriteLine(PrintableText.Of(remark));
        }

        foreach (string sentence in found.NotMeasured)
        {
            Console.Out.WriteLine(PrintableText.Of($"Not measured: {sentence}", mayHaveLines: true));
        }
    }

    /// <summary>Writes the object as the field <c>measured</c>.</summary>
    public static void WriteField(Utf8JsonWriter json, TrainingMeasurement found)
    {
        json.WriteStartObject("measured");
        json.WriteNumber("seconds", found.Seconds);
        json.WriteStartObject("reading");
        WriteReading(json, "one_thread", found.OneThread);
        WriteReading(json, "first_time", found.FirstTime);
        WriteReading(json, "again", found.Again);
        WriteReading(json, "every_processor", found.EveryProcessor);
        json.WriteEndObject();
        WriteNumber(json, "reading_clips_per_second", found.ReadingClipsPerSecond);
        WriteNumber(json, "step_clips_per_second", found.StepClipsPerSecond);
        WriteNumber(json, "together_clips_per_second", found.TogetherClipsPerSecond);
        if (found.Steps is { } steps)
        {
            WriteSteps(json, found, steps);
        }

        if (found.Verdict is { } verdict)
        {
            json.WriteString("bottleneck", verdict.Word);
            json.WriteString("verdict", verdict.Text);
        }

        if (found.Clips is { } clips)
        {
            json.WriteNumber("clips", clips);
        }

        WriteNumber(json, "run_seconds", found.RunSeconds);
        WriteNumber(json, "run_seconds_low", found.RunSecondsRange.Low);
        WriteNumber(json, "run_seconds_high", found.RunSecondsRange.High);
        WriteImprovements(json, "improvements", found.Improvements);
        WriteImprovements(json, "useless", found.Useless);
        JsonOutput.WriteTexts(json, "remarks", found.Remarks);
        JsonOutput.WriteTexts(json, "not_measured", found.NotMeasured);
        json.WriteEndObject();
    }

    private static void AddReading(ResultTable table, string name, MeasuredReading? reading)
    {
        if (reading is null)
        {
            return;
        }

        string bytes = reading.FileBytes == 0 ? "" : $"{Quantity.Bytes(reading.BytesPerClip)} a clip, {Quantity.Bytes(reading.BytesPerSecond)}/s, "
            + $"{Percent(reading.FileShare)} of the threads' time"
            + (reading.StorageShare is { } share ? $"; {(share < 0.01 ? "all from the system's memory" : $"{Percent(share)} from the disk")}" : "");
        table.Add(name, Rate(reading.ClipsPerSecond), bytes);
    }

    private static void AddMemory(ResultTable table, TrainingMeasurement found, MeasuredSteps steps)
    {
        if (steps.DeviceBytes is { } device && found.Memory is { } plan)
        {
            table.Add("memory of the GPUs", ByteSize.Text(device), $"{ByteSize.Text(plan.TotalBytes)} planned for training {steps.BatchSize} clips a step");
        }
        else if (found.Memory is { } host)
        {
            table.Add("memory of the process", ByteSize.Text(found.ProcessPeakBytes),
                $"{ByteSize.Text(host.TotalBytes)} planned for training {steps.BatchSize} clips a step; runtime, libraries and decoders aside");
        }
    }

    private static void WriteImprovements(TrainingMeasurement found)
    {
        if (found.Improvements.Count > 0)
        {
            Console.Out.WriteLine();
            ResultTable table = new("what would help most", "rate", "because");
            foreach (Improvement each in found.Improvements)
            {
                table.Add(each.Change, Factor(each.Factor), each.Because);
            }

            table.Write();
        }

        if (found.Useless.Count > 0)
        {
            Console.Out.WriteLine("Tried, and no help: " + string.Join("; ", found.Useless.Select(each => $"{each.Change} ({Factor(each.Factor)}: {each.Because})")) + ".");
        }
    }

    private static void WriteReading(Utf8JsonWriter json, string name, MeasuredReading? reading)
    {
        if (reading is null)
        {
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("decode_threads", reading.Threads);
        json.WriteNumber("clips", reading.Clips);
        json.WriteNumber("seconds", reading.Seconds);
        json.WriteNumber("clips_per_second", reading.ClipsPerSecond);
        json.WriteNumber("bytes_per_clip", reading.BytesPerClip);
        json.WriteNumber("file_bytes_per_second", reading.BytesPerSecond);
        json.WriteNumber("file_share", reading.FileShare);
        if (reading.StorageShare is { } share)
        {
            json.WriteNumber("storage_share", share);
        }

        json.WriteEndObject();
    }

    private static void WriteSteps(Utf8JsonWriter json, TrainingMeasurement found, MeasuredSteps steps)
    {
        json.WriteStartObject("steps");
        json.WriteNumber("clips_per_step", steps.BatchSize);
        json.WriteNumber("parts", steps.PartCount);
        json.WriteBoolean("made_up", steps.AreMadeUp);
        json.WriteBoolean("unsure", steps.IsUnsure);
        json.WriteNumber("operation_ratio", found.OperationRatio);
        json.WriteNumber("caption_tokens", steps.CaptionTokens);
        WriteTimes("alone_seconds", steps.Alone);
        WriteTimes("together_seconds", steps.Together);
        json.WriteNumber("planned_step_bytes", steps.PlannedStepBytes);
        json.WriteNumber("used_step_bytes", steps.UsedStepBytes);
        if (steps.DeviceBytes is { } device)
        {
            json.WriteNumber("device_bytes", device);
        }

        json.WriteNumber("process_peak_bytes", found.ProcessPeakBytes);
        WriteNumber(json, LoadShares.WaitingName, steps.Shares.Waiting);
        WriteNumber(json, LoadShares.DecodingName, steps.Shares.Decoding);
        WriteNumber(json, LoadShares.ReadingName, steps.Shares.Reading);
        json.WriteEndObject();

        void WriteTimes(string name, IReadOnlyList<double> times)
        {
            json.WriteStartArray(name);
            foreach (double time in times)
            {
                json.WriteNumberValue(time);
            }

            json.WriteEndArray();
        }
    }

    private static void WriteImprovements(Utf8JsonWriter json, string name, IReadOnlyList<Improvement> improvements)
    {
        json.WriteStartArray(name);
        foreach (Improvement each in improvements)
        {
            json.WriteStartObject();
            json.WriteString("change", each.Change);
            json.WriteNumber("factor", each.Factor);
            json.WriteString("because", each.Because);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>A number, where it was measured.</summary>
    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
    }

    private static string Threads(int count) => Quantity.Count(count, "decode thread");

    private static string Rate(double clips) => string.Create(CultureInfo.InvariantCulture, $"{clips:0.0} clips/s");

    private static string Step(TrainingMeasurement found, double rate) =>
        string.Create(CultureInfo.InvariantCulture, $"{1000 * found.BatchSize / rate:0.0} ms");

    private static string Factor(double factor) => string.Create(CultureInfo.InvariantCulture, $"× {factor:0.00}");

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0} %");

    /// <summary>Hours, or days from two on.</summary>
    private static string Long(double seconds)
    {
        const double day = 24 * 3600;
        return seconds < 2 * day ? Quantity.Duration(seconds) : string.Create(CultureInfo.InvariantCulture, $"{seconds / day:0.0} days");
    }
}
