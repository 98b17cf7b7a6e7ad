namespace Avion.App.Tests;

/// <summary>A dual encoder that computes in no time.</summary>
internal static class TinyEncoder
{
    /// <summary>Numbers of a vector.</summary>
    public const int EmbeddingSize = 24;

    /// <summary>Two frames of 16 by 16 pixels.</summary>
    public static VisionConfig Vision { get; } =
        new() { ImageSize = 16, PatchSize = 8, FrameCount = 2, Width = 32, LayerCount = 2, HeadCount = 2 };

    public static DualEncoder Create(Device device, int vocabularySize = 600, ulong seed = 1) => DualEncoder.Create(new DualEncoderConfig
    {
        EmbeddingSize = EmbeddingSize, Vision = Vision,
        Text = new TextConfig { ContextLength = 8, VocabularySize = vocabularySize, Width = 32, LayerCount = 1, HeadCount = 2 },
    }, device, seed);

    /// <summary>Writes one as a file of weights.</summary>
    public static void Save(string path, ulong seed = 1)
    {
        using CpuDevice device = new(1);
        using DualEncoder model = Create(device, seed: seed);
        Checkpoint.Save(path, model);
    }
}
