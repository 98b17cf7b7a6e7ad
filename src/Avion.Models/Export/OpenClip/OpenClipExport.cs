namespace Avion.Models;

/// <summary>Writes a dual encoder as a folder that open_clip loads, and that plain PyTorch runs on whole clips.</summary>
/// <remarks>
/// open_clip encodes single pictures. The mean over time of a video model's time embedding is therefore part of its positions, which makes
/// it the picture encoder that <c>avion convert --single-frame</c> makes; what is left of the time embedding lies in a file of its own,
/// from which <c>avion_model.py</c> makes the video encoder again: projection + (position[s] + mean) + (time[t] - mean).
/// </remarks>
public static class OpenClipExport
{
    private const string WeightsFile = "open_clip_model.safetensors", ConfigFile = "open_clip_config.json",
        TimeFile = "temporal_embedding.safetensors", ProgramFile = "avion_model.py", VocabularyFile = "bpe_vocabulary.txt.gz",
        ReadmeFile = "README.md";

    // What tells PyTorch's readers of safetensors whose tensors they are.
    private static readonly Dictionary<string, string> s_metadata = new() { ["format"] = "pt" };

    /// <summary>Writes the folder's files.</summary>
    /// <param name="weights">A file of weights that describes itself.</param>
    /// <param name="folder">Made where it is not there; files of these names are replaced.</param>
    /// <param name="details">What the folder tells.</param>
    /// <exception cref="CheckpointException">The file is damaged or does not say what it holds.</exception>
    /// <exception cref="ExportException">open_clip has no such model.</exception>
    public static ExportReport Write(string weights, string folder, ExportDetails details)
    {
        using ExportSource source = ExportSource.Open(weights);
        DualEncoderConfig config = source.Architecture.DualEncoder
            ?? throw new ExportException($"The weights are those of {source.Architecture.Kind}; open_clip has dual encoders alone. "
                + "Take --to onnx.");
        OpenClipConfig.RequireKnown(config);
        Directory.CreateDirectory(folder);
        List<string> files = [WeightsFile, ConfigFile];
        WeightTensor? time = source.Weights.Find(SingleFrame.Time);
        if (time is not null)
        {
            // Before the positions take its mean in.
            WeightConversion.WriteSafetensors(Path.Combine(folder, TimeFile), [SingleFrame.WithoutMean(time)], s_metadata);
            SingleFrame.Fold(source.Weights);
            files.Add(TimeFile);
        }

        WeightConversion.WriteSafetensors(Path.Combine(folder, WeightsFile), source.Weights.In(WeightFamily.OpenClip), s_metadata);
        DurableFiles.WriteText(Path.Combine(folder, ConfigFile), OpenClipConfig.ToJson(config, source.Architecture.Normalization));
        if (details.Vocabulary is { } vocabulary)
        {
            WriteVocabulary(Path.Combine(folder, VocabularyFile), vocabulary);
            files.Add(VocabularyFile);
        }

        DurableFiles.WriteText(Path.Combine(folder, ProgramFile), Program());
        DurableFiles.WriteText(Path.Combine(folder, ReadmeFile), OpenClipReadme.Of(config, details));
        string[] notes = time is null ? [] : [$"open_clip itself encodes single pictures; clips of {config.Vision.FrameCount} frames are "
            + $"encoded by {ProgramFile}."];
        return new ExportReport(folder, [.. files, ProgramFile, ReadmeFile], source.Architecture, notes);
    }

    private static void WriteVocabulary(string path, ConvertedVocabulary vocabulary)
    {
        using AtomicFile file = new(path);
        using (System.IO.Compression.GZipStream zip = new(file.Stream, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
        {
            zip.Write(Encoding.UTF8.GetBytes(vocabulary.Merges));
        }

        file.Complete();
    }

    private static string Program()
    {
        using Stream stream = typeof(OpenClipExport).Assembly.GetManifestResourceStream(ProgramFile)!;
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
