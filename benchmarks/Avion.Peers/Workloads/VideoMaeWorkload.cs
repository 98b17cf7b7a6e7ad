namespace Avion.Peers;

/// <summary>A step of masked video pre-training: 160 of 1,568 tokens are visible, the others are predicted.</summary>
public sealed record VideoMaeWorkload(string Name, string Title) : StepWorkload(Name, Title)
{
    public const float Epsilon = 1e-6f;

    public TransformerSize Encoder { get; init; } = VideoMaeConfig.Base.Encoder;

    public TransformerSize Decoder { get; init; } = VideoMaeConfig.Base.Decoder;

    public int Frames { get; init; } = 16;

    public int ImageSize { get; init; } = 224;

    public int PatchSize => 16;

    public int TubeletFrames => 2;

    public int TokenCount => Frames / TubeletFrames * (ImageSize / PatchSize) * (ImageSize / PatchSize);

    /// <inheritdoc />
    public override Recipe Recipe() => RecipeOf("masked-video", $"model.frames={Frames}", $"model.image_size={ImageSize}",
        $"model.encoder.width={Encoder.Width}", $"model.encoder.layers={Encoder.LayerCount}", $"model.encoder.heads={Encoder.HeadCount}",
        $"model.decoder.width={Decoder.Width}", $"model.decoder.layers={Decoder.LayerCount}", $"model.decoder.heads={Decoder.HeadCount}",
        "model.mask_ratio=0.9");
}
