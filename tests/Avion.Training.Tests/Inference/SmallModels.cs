namespace Avion.Training.Tests;

/// <summary>Weights of small models that describe themselves.</summary>
internal static class SmallModels
{
    public const int Frames = 2, Size = 16, EmbeddingSize = 24;

    public static VisionConfig Vision { get; } =
        new() { ImageSize = Size, PatchSize = 8, FrameCount = Frames, Width = 32, LayerCount = 2, HeadCount = 2 };

    public static string SaveEncoder(string path)
    {
        using CpuDevice device = new(1);
        using DualEncoder model = DualEncoder.Create(new DualEncoderConfig
        {
            EmbeddingSize = EmbeddingSize, Vision = Vision,
            Text = new TextConfig { ContextLength = 8, VocabularySize = 600, Width = 32, LayerCount = 1, HeadCount = 2 },
        }, device, seed: 1);
        Checkpoint.Save(path, model);
        return path;
    }

    public static string SaveClassifier(string path)
    {
        using CpuDevice device = new(1);
        using VideoClassifier model = VideoClassifier.Create(
            new VideoClassifierConfig { Vision = Vision, Heads = [new ClassifierHead("verb", 3), new ClassifierHead("noun", 8)] }, device, seed: 2);
        Checkpoint.Save(path, model);
        return path;
    }
}
