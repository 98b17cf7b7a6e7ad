namespace Avion.Cli;

/// <summary>`avion embed CHECKPOINT`: what a trained model makes of clips and texts.</summary>
internal static class EmbedCommand
{
    public const int ListedClasses = 5;

    public static Command Create()
    {
        ModelOptions model = new("CHECKPOINT");
        Argument<string[]> places = new("VIDEOS")
        {
            Description = "Videos, folders of videos or of chunks, tar shards.", Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string[]> videos = new("--video")
        {
            Description = "The same, for one that is named between options; may be given several times.",
        };
        WindowOptions windows = new();
        SpanOptions span = new("each video");
        Option<string?> pixels = new("--pixels")
        {
            Description = "Clips that are decoded already: .npy of uint8 [clips, frames, 3, height, width].",
        };
        Option<string[]> texts = TextOption.Create();
        Option<string?> output = new("--output", "-o")
        {
            Description = "Folder for NumPy files: clips.npy (or one per head) and texts.npy, with .jsonl beside them.",
        };
        Option<bool> force = ForceOption.Create();
        Option<bool> json = JsonOption.Create();
        Command command = new("embed", "Compute the vectors of clips and texts, or the classes of clips, with a trained model.")
        {
            model.Model, places, videos, pixels, texts, output, force, json,
        };
        span.AddTo(command);
        windows.AddTo(command);
        model.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(new Inputs
        {
            Model = model.Read(parsed), Videos = [.. parsed.GetValue(places) ?? [], .. parsed.GetValue(videos) ?? []],
            Rule = windows.Read(parsed), Span = span.Read(parsed), Pixels = parsed.GetValue(pixels), Texts = parsed.GetValue(texts) ?? [],
            Output = parsed.GetValue(output), Replaces = parsed.GetValue(force), AsJson = parsed.GetValue(json),
        }, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(Inputs inputs, CancellationToken cancellation)
    {
        if (inputs.Videos.Length == 0 && inputs.Texts.Length == 0 && inputs.Pixels is null)
        {
            throw new UsageException("There is nothing to compute: name videos, or give --video, --pixels or --text.");
        }

        _ = TextInputs.Read(inputs.Texts, "A --text", file: null, keepsRepeated: true, Tell);
        RequirePaths(inputs);
        if (inputs.Output is not null)
        {
            NamedPath.RequireFolder(inputs.Output, "--output");
        }

        using OpenModel model = inputs.Model.Open(Tell);
        FeatureExtractor extractor = model.Extractor;
        if (inputs.Output is not null)
        {
            RequireNew(inputs.Output, extractor, inputs.Replaces);
        }

        IReadOnlyList<TextReading> readings = TextInputs.Tokenize(extractor, inputs.Texts, inputs.Model.Vocabulary, Tell);
        List<UnreadableClip> failures = [];
        (ClipTable Clips, VideoStore Store)? named = inputs.Videos.Length > 0 ? NamedClips.Read(inputs.Videos, videos: null) : null;
        List<EmbeddedClip> clips = named is { } some ? Videos(extractor, inputs, some.Clips, some.Store, failures, cancellation) : [];
        clips.AddRange(Pixels(extractor, inputs.Pixels, cancellation));
        failures.ForEach(bad => Tell(bad.Reason));
        if (clips.Count == 0 && inputs.Texts.Length == 0)
        {
            return ExitCode.Failed;
        }

        EmbeddedText[] texts = [.. readings.Select(reading => new EmbeddedText(reading.Text, reading.Tokens, extractor.OfTexts([reading])))];
        if (inputs.Output is not null)
        {
            WriteFiles(inputs.Output, extractor, clips, failures, readings, texts);
        }

        if (inputs.AsJson)
        {
            WriteJson(extractor, clips, failures, texts);
        }
        else
        {
            WriteTable(extractor, clips, texts, inputs.Output);
        }

        return NamedClips.ExitCodeOf(named?.Store, failures.Count == 0 ? ExitCode.Ok : ExitCode.Failed);
    }

    private static void Tell(string note) => Console.Error.WriteLine(PrintableText.Of(note));

    private static void RequirePaths(Inputs inputs)
    {
        inputs.Model.RequireFiles();
        Array.ForEach(inputs.Videos, video => NamedPath.Require(video, "a video"));
        if (inputs.Pixels is not null)
        {
            _ = NamedPath.Require(inputs.Pixels, "a .npy file of clips");
        }
    }

    /// <summary>The clips of videos, as `avion extract` reads them; what cannot be read is listed.</summary>
    private static List<EmbeddedClip> Videos(FeatureExtractor extractor, Inputs inputs, ClipTable named, VideoStore store, List<UnreadableClip> failures,
        CancellationToken cancellation)
    {
        ClipTable table = new(named.Name);
        for (int clip = 0; clip < named.Count; clip++)
        {
            table.Add(named.Videos[named[clip].Video], inputs.Span.IsWhole ? named[clip].Span : inputs.Span);
        }

        NamedClips.Tell(named, store, Tell);
        ClipWindows windows = ClipWindows.Cut(
            table, store, inputs.Rule, static () => new VideoClipSource(), inputs.Model.Reading.DecodeThreads, cancellation: cancellation);
        failures.AddRange(windows.Bad.Select(bad => new UnreadableClip(new FeatureRow(-1, bad.Name, ClipSpan.Whole), bad.Reason)));
        List<EmbeddedClip> clips = [];
        if (windows.Table.Count == 0)
        {
            return clips;
        }

        using VideoClipSource source = new();
        using ClipExtents extents = new(store, static () => new VideoClipSource());
        using FeatureStream stream = new(extractor, windows, inputs.Model.Reading);
        while (stream.Next(cancellation) is { } batch)
        {
            for (int row = 0; row < batch.Rows.Count; row++)
            {
                FeatureRow of = batch.Rows[row];
                int at = row;
                clips.Add(new EmbeddedClip(of with { Span = extents.Of(of.File, of.Span) }, extractor.View.Choose(store.Find(of.File), of.Span, source).Frames.ToArray(),
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

    /// <summary>Makes sure that nothing of an earlier command is replaced unasked, and nothing else lies there.</summary>
    private static void RequireNew(string folder, FeatureExtractor extractor, bool replaces)
    {
        string[] own = [.. FeatureOutput.FilesOf(extractor.Outputs), ClipLines.FileName, ClipLines.FailuresFileName, .. TextFiles.Names];
        ForceOption.RequireOwnFolder("--output", folder, own, replaces);
        Array.ForEach(own, name => ForceOption.RequireNew(Path.Combine(folder, name), replaces));
    }

    private static void WriteFiles(string folder, FeatureExtractor extractor, List<EmbeddedClip> clips, List<UnreadableClip> failures,
        IReadOnlyList<TextReading> readings, EmbeddedText[] texts)
    {
        Directory.CreateDirectory(folder);
        string[] files = FeatureOutput.FilesOf(extractor.Outputs);
        for (int i = 0; clips.Count > 0 && i < extractor.Outputs.Count; i++)
        {
            float[] values = [.. clips.SelectMany(clip => clip.Outputs[i])];
            NumpyFile.Write(Path.Combine(folder, files[i]), values, clips.Count, clips[0].Outputs[i].Length);
        }

        if (clips.Count > 0)
        {
            WriteLines(Path.Combine(folder, ClipLines.FileName), stream => clips.ForEach(clip => ClipLines.Write(stream, clip.Row)));
        }

        if (clips.Count > 0 || failures.Count > 0)
        {
            WriteLines(Path.Combine(folder, ClipLines.FailuresFileName), stream =>
                failures.ForEach(bad => ClipLines.WriteFailure(stream, bad.Row, bad.Reason)));
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

    private static void WriteJson(
        FeatureExtractor extractor, List<EmbeddedClip> clips, List<UnreadableClip> failures, EmbeddedText[] texts) => JsonOutput.Write(json =>
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
        FailureOutput.WriteField(json, failures.Select(bad => new Unreadable(bad.Row.File, bad.Row.Span, bad.Reason)));
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
        public required ModelChoice Model { get; init; }

        public required string[] Videos { get; init; }

        public required WindowRule Rule { get; init; }

        public required ClipSpan Span { get; init; }

        public required string? Pixels { get; init; }

        public required string[] Texts { get; init; }

        public required string? Output { get; init; }

        public required bool Replaces { get; init; }

        public required bool AsJson { get; init; }
    }

    private sealed record EmbeddedClip(FeatureRow Row, int[] Frames, float[][] Outputs)
    {
        public string Name => Row.Span.IsWhole ? Row.File : $"{Row.File} {Row.Span}";
    }

    private sealed record EmbeddedText(string Text, int[] Tokens, float[] Embedding);
}
