namespace Avion.Models.Tests;

/// <summary>A dual encoder small enough for double precision and finite differences.</summary>
internal static class SmallModel
{
    public static DualEncoderConfig Config { get; } = new()
    {
        EmbeddingSize = 24,
        Vision = new VisionConfig { ImageSize = 32, PatchSize = 8, FrameCount = 4, Width = 48, LayerCount = 2, HeadCount = 3 },
        Text = new TextConfig { ContextLength = 12, VocabularySize = 64, Width = 32, HeadCount = 2, LayerCount = 2 },
    };

    /// <summary>A smaller one still, for finite differences over all of its parameters.</summary>
    public static DualEncoderConfig Tiny { get; } = Config with
    {
        EmbeddingSize = 6,
        Vision = new VisionConfig { ImageSize = 8, PatchSize = 4, FrameCount = 2, Width = 12, LayerCount = 2, HeadCount = 3 },
        Text = Config.Text with { Width = 8, HeadCount = 2 },
    };

    /// <summary>The values of a parameter.</summary>
    public static float[] Values(this Model model, string name) => Read(model, model.Parameters[name].Value);

    /// <summary>The gradient of a parameter.</summary>
    public static float[] Gradient(this Model model, string name) => Read(model, model.Parameters[name].Gradient);

    private static float[] Read(Model model, Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        model.Device.Download(tensor, values);
        return values;
    }
}
