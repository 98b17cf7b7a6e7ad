namespace Avion.Training.Tests;

/// <summary>Small files of weights as other programs and other runs leave them.</summary>
internal static class ForeignWeights
{
    /// <summary>An odd number of heads, and nothing that is the usual value.</summary>
    public static DualEncoderConfig Config { get; } = new()
    {
        EmbeddingSize = 20,
        Vision = new VisionConfig
        {
            ImageSize = 16, PatchSize = 4, FrameCount = 3, Width = 48, LayerCount = 2, HeadCount = 3, Gelu = GeluKind.Quick,
            LayerNormEpsilon = 3e-4f,
        },
        Text = new TextConfig
        {
            ContextLength = 9, VocabularySize = 600, Width = 40, LayerCount = 1, HeadCount = 5, Gelu = GeluKind.Tanh, LayerNormEpsilon = 2e-3f,
        },
    };

    /// <summary>Heads of 64 features, as published models have: nothing but shapes tells of them.</summary>
    public static DualEncoderConfig PublishedConfig { get; } = new()
    {
        EmbeddingSize = 20,
        Vision = new VisionConfig
        {
            ImageSize = 8, PatchSize = 4, FrameCount = 1, Width = 64, LayerCount = 1, HeadCount = 1, LayerNormEpsilon = 1e-5f, Gelu = GeluKind.Quick,
        },
        Text = new TextConfig { ContextLength = 9, VocabularySize = 600, Width = 64, LayerCount = 1, HeadCount = 1, Gelu = GeluKind.Quick },
    };

    /// <summary>Saves a model under Avion's names with its description.</summary>
    public static void SaveOwn(string path, DualEncoderConfig config, PixelNormalization? pixels = null, CheckpointDetails? details = null)
    {
        using CpuDevice device = new(1);
        using DualEncoder model = DualEncoder.Create(config, device, seed: 11, pixels);
        Checkpoint.Save(path, model, details);
    }

    /// <summary>Saves a model under OpenAI's names, as a plain dictionary of tensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">The model; of one frame, as OpenAI's are.</param>
    /// <param name="buffers">Names of whole numbers beside the weights, which OpenAI's own files have.</param>
    /// <param name="leavesOut">Which tensors are not written.</param>
    public static void SaveOpenAi(string path, DualEncoderConfig config, string[]? buffers = null, Func<string, bool>? leavesOut = null)
    {
        using CpuDevice device = new(1);
        using DualEncoder model = DualEncoder.Create(config with { Naming = ParameterNaming.Plain }, device, seed: 11);
        List<(TensorEntry Entry, byte[] Bytes)> tensors = [];
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            string name = parameter.Name.Replace("textual.", "", StringComparison.Ordinal)
                .Replace("visual.image_projection", "visual.proj", StringComparison.Ordinal);
            if (leavesOut?.Invoke(name) != true)
            {
                tensors.Add((new TensorEntry(name, ElementType.Float32, Array.ConvertAll(parameter.Shape.ToArray(), extent => (long)extent)),
                    [.. Values(model, parameter.Name).SelectMany(BitConverter.GetBytes)]));
            }
        }

        tensors.AddRange((buffers ?? []).Select(name => (new TensorEntry(name, ElementType.Int64, []), BitConverter.GetBytes(1L))));
        using TorchFileWriter writer = new(path, [.. tensors.Select(tensor => tensor.Entry)], new TorchFileLayout());
        foreach ((TensorEntry entry, byte[] bytes) in tensors)
        {
            writer.Write(entry, bytes);
        }

        writer.Complete();
    }

    /// <summary>The numbers of a parameter.</summary>
    public static float[] Values(Model model, string name)
    {
        Tensor tensor = model.Parameters[name].Master;
        float[] values = new float[tensor.Count];
        model.Device.Download(tensor, values);
        return values;
    }
}
