namespace Avion.Cli;

/// <summary>`avion embed CHECKPOINT`: what a trained model makes of clips and texts.</summary>
internal static class EmbedCommand
{
    public const int ListedClasses = 5;

    private const string Rows = "clips.jsonl", Failures = "failures.jsonl";

    public static Command Create()
    {
        Argument<string> checkpoint = new("CHECKPOINT")
        {
            Description = "File of weights that describes itself, checkpoint, or run folder.",
        };
        Argument<string[]> places = new("VIDEOS")
        {
            Description = "Videos, folders of videos or of chunks, tar shards.", Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string[]> videos = new("--video")
        {
            Description = "The same, for one that is named between options; may be given several times.", AllowMultipleArgumentsPerToken = true,
        };
        WindowOptions windows = new();
        Option<double?> from = new("--from") { Description = "Where the clip begins in each video, in seconds." };
        Option<double?> to = new("--to") { Description = "Where it ends." };
        Option<string?> pixels = new("--pixels")
        {
            Description = "Clips that are decoded already: .npy of uint8 [clips, frames, 3, height, width].",
        };
        Option<string[]> texts = new("--text")
        {
            Description = "A text; may be given several times.", AllowMultipleArgumentsPerToken = true,
        };
        Option<string?> vocabulary = new("--vocabulary")
        {
            Description = "Merges file that the model was trained with; the checkpoint's own if left out.",
        };
        Option<string?> output = new("--output") { Description = "Folder for NumPy files: clips.npy (or one per head) and texts.npy, with .jsonl beside them." };
        Option<bool> force = ForceOption.Create();
        Option<string> device = DevicesOption.CreateForWeights();
        Option<int> threads = ThreadsOption.Create();
        Option<bool> json = JsonOption.Create();
        Command command = new("embed", "Compute the vectors of clips and texts, or the classes of clips, with a trained model.")
        {
            checkpoint, places, videos, from, to, pixels, texts, vocabulary, output, force, device, threads, json,
        };
        windows.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed.GetValue(checkpoint)!, new Inputs
        {
            Videos = [.. parsed.GetValue(places) ?? [], .. parsed.GetValue(videos) ?? []], Rule = windows.Read(parsed), Span = SpanOf(parsed.GetValue(from), parsed.GetValue(to)),
            Pixels = parsed.GetValue(pixels), Texts = parsed.GetValue(texts) ?? [], Vocabulary = parsed.GetValue(vocabulary),
        }, parsed.GetValue(output), parsed.GetValue(force), DevicesOption.Read(parsed.GetValue(device)!), parsed.GetValue(threads), parsed.GetValue(json),
            cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(string checkpoint, Inputs inputs, string? output, bool replaces, DeviceList devices, int threads, bool asJson,
        CancellationToken cancellation)
    {
        if (inputs.Videos.Length == 0 && inputs.Texts.Length == 0 && inputs.Pixels is null)
        {
            throw new UsageException("There is nothing to compute: name videos, or give --video, --pixels or --text.");
        }

        _ = TextInputs.Read(inputs.Texts, file: null, static _ => { });

        RequirePaths(checkpoint, inputs);
        DeviceChoice choice = DeviceChoice.Of(devices);
        Console.Error.WriteLine($"Computing on {choice.Text}.");
        using Device device = choice.Open(rank: 0, threads);
        using FeatureExtractor extractor = FeatureExtractor.Open(checkpoint, device);
        Console.Error.WriteLine(PrintableText.Of($"Weights: {extractor.WeightsText}."));
        if (output is not null)
        {
            RequireNew(output, extractor, replaces);
        }

        List<UnreadableClip> failures = [];
        List<EmbeddedClip> clips = [.. Videos(extractor, inputs, failures, cancellation), .. Pixels(extractor, inputs.Pixels, cancellation)];
        failures.ForEach(bad => Console.Error.WriteLine(PrintableText.Of(bad.Reason)));
        if (clips.Count == 0 && inputs.Texts.Length == 0)
        {
            return ExitCode.Failed;
        }

        IReadOnlyList<TextReading> readings = TextInputs.Tokenize(extractor, inputs.Texts, inputs.Vocabulary, note => Console.Error.WriteLine(PrintableText.Of(note)));
        EmbeddedText[] texts = [.. readings.Select(reading => new EmbeddedText(reading.Text, reading.Tokens, extractor.OfTexts([reading])))];
        if (output is not null)
        {
            WriteFiles(output, extractor, clips, failures, readings, texts);
        }

        if (asJson)
        {
            WriteJson(extractor, clips, texts);
        }
        else
        {
            WriteTable(extractor, clips, texts, output);
        }

        return failures.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void RequirePaths(string checkpoint, Inputs inputs)
    {
        _ = NamedPath.Require(checkpoint, "a run, a checkpoint or a file of weights");
        Array.ForEach(inputs.Videos, video => NamedPath.Require(video, "a video"));
        if (inputs.Pixels is { } pixels)
        {
            _ = NamedPath.Require(pixels, "a .npy file of clips");
        }

        if (inputs.Vocabulary is { } vocabulary)
        {
            _ = NamedPath.Require(vocabulary, "a merges file");
        }
    }

    /// <summary>The clips of videos, as `avion extract` reads them; what cannot be read is listed.</summary>
    private static List<EmbeddedClip> Videos(FeatureExtractor extractor, Inputs inputs, List<UnreadableClip> failures, CancellationToken cancellation)
    {
        if (inputs.Videos.Length == 0)
        {
            return [];
        }

        (ClipTable named, VideoStore store) = NamedClips.Read(inputs.Videos, videos: null);
        ClipTable table = new(named.Name);
        for (int clip = 0; clip < named.Count; clip++)
        {
            table.Add(named.Videos[named[clip].Video], inputs.Span.IsWhole ? named[clip].Span : inputs.Span);
        }

        NamedClips.Tell(named, store, note => Console.Error.WriteLine(PrintableText.Of(note)));
        ClipWindows windows = ClipWindows.Cut(table, store, inputs.Rule, static () => new VideoClipSource(), cancellation: cancellation);
        failures.AddRange(windows.Bad.Select(bad => new UnreadableClip(new FeatureRow(-1, bad.Name, ClipSpan.Whole), bad.Reason)));
        List<EmbeddedClip> clips = [];
        if (windows.Table.Count == 0)
        {
            return clips;
        }

        using VideoClipSource source = new();
        using FeatureStream stream = new(extractor, windows, new FeatureOptions());
        while (stream.Next(cancellation) is { } batch)
        {
            for (int row = 0; row < batch.Rows.Count; row++)
            {
                FeatureRow of = batch.Rows[row];
                int at = row;
                clips.Add(new EmbeddedClip(of, extractor.View.Choose(store.Find(of.File), of.Span, source).Frames.ToArray(),
                    [.. extractor.Outputs.Select((_, output) => batch.Values(output, at).ToArray())]));
            }

            failures.AddRange(batch.Unreadable);
        }

        return clips;
    }

    /// <summary>Clips that are decoded already.</summary>
    private static IEnumerable<EmbeddedClip> Pixels(FeatureExtractor extractor, string? path, CancellationToken cancellation)
    {
        if (path is null)
        {
            yield break;
        }

        (byte[] values, int[] shape) = NumpyFile.ReadBytes(path);
        if (shape is not [int count, int frameCount, 3, int height, int width]
            || (frameCount, height, width) != (extractor.FrameCount, extractor.ImageSize, extractor.ImageSize))
        {
            throw new DataException($"'{path}' has shape [{string.Join(", ", shape)}], expected [clips, {extractor.FrameCount}, 3, "
                + $"{extractor.ImageSize}, {extractor.ImageSize}] for this model.");
        }

        for (int clip = 0; clip < count; clip++)
        {
            cancellation.ThrowIfCancellationRequested();
            string name = string.Create(CultureInfo.InvariantCulture, $"{path}[{clip}]");
            yield return new EmbeddedClip(new FeatureRow(clip, name, ClipSpan.Whole), [], extractor.OfPixels(values.AsSpan(clip * extractor.ClipBytes, extractor.ClipBytes)));
        }
    }

    private static ClipSpan SpanOf(double? from, double? to)
    {
        if (from is null && to is null)
        {
            return ClipSpan.Whole;
        }

        double begin = from ?? 0, end = to ?? throw new UsageException("--from is given without --to.");
        return begin >= 0 && end > begin
            ? new ClipSpan(begin, end)
            : throw new UsageException($"--from {begin} and --to {end} are no part of a video.");
    }

    /// <summary>Makes sure that nothing of an earlier command is replaced unasked.</summary>
    private static void RequireNew(string folder, FeatureExtractor extractor, bool replaces)
    {
        foreach (string name in (string[])[.. extractor.Outputs.Select(output => NameOf(extractor, output)), Rows, Failures, .. TextFiles.Names])
        {
            ForceOption.RequireNew(Path.Combine(folder, name), replaces);
        }
    }

    private static string NameOf(FeatureExtractor extractor, FeatureOutput output) => (extractor.ReadsText ? "clips" : output.Name) + ".npy";

    private static void WriteFiles(string folder, FeatureExtractor extractor, List<EmbeddedClip> clips, List<UnreadableClip> failures,
        IReadOnlyList<TextReading> readings, EmbeddedText[] texts)
    {
        Directory.CreateDirectory(folder);
        for (int i = 0; clips.Count > 0 && i < extractor.Outputs.Count; i++)
        {
            float[] values = [.. clips.SelectMany(clip => clip.Outputs[i])];
            NumpyFile.Write(Path.Combine(folder, NameOf(extractor, extractor.Outputs[i])), values, clips.Count, clips[0].Outputs[i].Length);
        }

        if (clips.Count > 0)
        {
            WriteLines(Path.Combine(folder, Rows), stream => clips.ForEach(clip => ClipLines.Write(stream, clip.Row)));
        }

        if (clips.Count > 0 || failures.Count > 0)
        {
            WriteLines(Path.Combine(folder, Failures), stream => failures.ForEach(bad => ClipLines.WriteFailure(stream, bad.Row, bad.Reason)));
        }

        if (texts.Length > 0)
        {
            _ = TextFiles.Write(folder, readings, [.. texts.SelectMany(text => text.Embedding)]);
        }
    }

    private static void WriteLines(string path, Action<Stream> write)
    {
        using MemoryStream lines = new();
        write(lines);
        DurableFiles.Write(path, lines.GetBuffer().AsSpan(0, (int)lines.Length));
    }

    private static void WriteTable(FeatureExtractor extractor, List<EmbeddedClip> clips, EmbeddedText[] texts, string? folder)
    {
        if (!extractor.ReadsText)
        {
            ResultTable classes = new("clip", "head", "class", "probability");
            ClipClassifier classifier = ClipClassifier.Trained(extractor, names: null, "--classes");
            foreach (EmbeddedClip clip in clips)
            {
                for (int head = 0; head < extractor.Outputs.Count; head++)
                {
                    foreach (LikelyClass likely in classifier.Likeliest(head, clip.Outputs[head], ListedClasses))
                    {
                        classes.Add(clip.Name, extractor.Outputs[head].Name, ClassifiedClipWriter.NameOf(likely),
                            likely.Probability.ToString("0.0000", CultureInfo.InvariantCulture));
                    }
                }
            }

            classes.Write();
            return;
        }

        ResultTable table = new("clip", "text", "cosine");
        foreach (EmbeddedClip clip in clips)
        {
            foreach (EmbeddedText text in texts)
            {
                table.Add(clip.Name, text.Text, Cosine(clip, text).ToString("0.0000", CultureInfo.InvariantCulture));
            }
        }

        if (clips.Count > 0 && texts.Length > 0)
        {
            table.Write();
        }
        else
        {
            int size = clips.Count > 0 ? clips[0].Outputs[0].Length : texts[0].Embedding.Length;
            Console.Out.WriteLine($"{Quantity.Count(clips.Count + texts.Length, "vector")} of {size} numbers"
                + (folder is null ? "; --json or --output gives them" : $" in {folder}"));
        }
    }

    private static double Cosine(EmbeddedClip clip, EmbeddedText text) =>
        clip.Outputs[0].Zip(text.Embedding, (a, b) => (double)a * b).Sum();

    private static void WriteJson(FeatureExtractor extractor, List<EmbeddedClip> clips, EmbeddedText[] texts) => JsonOutput.Write(json =>
    {
        json.WriteString("weights", extractor.WeightsText);
        if (extractor.ClassNames is { } names)
        {
            JsonOutput.WriteTexts(json, "classes", names);
        }

        json.WriteStartArray("clips");
        foreach (EmbeddedClip clip in clips)
        {
            json.WriteStartObject();
            json.WriteString("name", clip.Row.File);
            ClipLines.WriteSpan(json, clip.Row.Span);
            WriteNumbers(json, "frames", clip.Frames);
            for (int i = 0; i < extractor.Outputs.Count; i++)
            {
                WriteNumbers(json, extractor.Outputs[i].Name, clip.Outputs[i]);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("texts");
        foreach (EmbeddedText text in texts)
        {
            json.WriteStartObject();
            json.WriteString("text", text.Text);
            WriteNumbers(json, "tokens", text.Tokens);
            WriteNumbers(json, "embedding", text.Embedding);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("cosine");
        foreach (EmbeddedClip clip in extractor.ReadsText && texts.Length > 0 ? clips : [])
        {
            json.WriteStartArray();
            foreach (EmbeddedText text in texts)
            {
                json.WriteNumberValue(Cosine(clip, text));
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    });

    private static void WriteNumbers(Utf8JsonWriter json, string name, int[] numbers)
    {
        json.WriteStartArray(name);
        foreach (int number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, float[] numbers)
    {
        json.WriteStartArray(name);
        foreach (float number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private sealed record Inputs
    {
        public required string[] Videos { get; init; }

        public required WindowRule Rule { get; init; }

        public required ClipSpan Span { get; init; }

        public required string? Pixels { get; init; }

        public required string[] Texts { get; init; }

        public required string? Vocabulary { get; init; }
    }

    private sealed record EmbeddedClip(FeatureRow Row, int[] Frames, float[][] Outputs)
    {
        public string Name => Row.Span.IsWhole ? Row.File : $"{Row.File} {Row.Span}";
    }

    private sealed record EmbeddedText(string Text, int[] Tokens, float[] Embedding);
}
