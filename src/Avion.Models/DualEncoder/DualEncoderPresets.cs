namespace Avion.Models;

/// <summary>The published sizes of dual encoders.</summary>
/// <remarks>Source: Radford et al. 2021 (arXiv:2103.00020), table 20; Zhao and Krähenbühl 2023 (arXiv:2309.16669).</remarks>
public static class DualEncoderPresets
{
    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["ViT-B/16", "ViT-L/14", "ViT-L/14@336"];

    /// <summary>The configuration of that name, with AVION's joint space of 256 and exact GELU.</summary>
    /// <param name="name">One of <see cref="Names"/>, in any case; <c>CLIP_VITB16</c> and its like are understood too.</param>
    /// <param name="frameCount">Frames of a clip.</param>
    /// <exception cref="ArgumentException">There is no such preset.</exception>
    public static DualEncoderConfig Get(string name, int frameCount = 4) => name.ToUpperInvariant() switch
    {
        "VIT-B/16" or "CLIP_VITB16" => Create(224, 16, frameCount, 768, 12, 12, 512, 8),
        "VIT-L/14" or "CLIP_VITL14" => Create(224, 14, frameCount, 1024, 24, 16, 768, 12),
        "VIT-L/14@336" or "CLIP_VITL14_336PX" => Create(336, 14, frameCount, 1024, 24, 16, 768, 12),
        _ => throw new ArgumentException($"There is no dual encoder named '{name}'. Known: {string.Join(", ", Names)}."),
    };

    private static DualEncoderConfig Create(int imageSize, int patchSize, int frameCount, int width, int layers, int heads,
        int textWidth, int textHeads) => new()
        {
            Vision = new VisionConfig
            {
                ImageSize = imageSize, PatchSize = patchSize, FrameCount = frameCount,
                Width = width, LayerCount = layers, HeadCount = heads,
            },
            Text = new TextConfig { Width = textWidth, LayerCount = 12, HeadCount = textHeads },
        };
}
