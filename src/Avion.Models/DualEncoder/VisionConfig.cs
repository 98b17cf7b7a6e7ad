using System.Text.Json.Serialization;

namespace Avion.Models;

/// <summary>Sizes and choices of a vision tower.</summary>
public sealed record VisionConfig
{
    /// <summary>Height and width of the square frames in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Height and width of the square patches in pixels; divides <see cref="ImageSize"/>.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Frames of a clip. With more than one, each frame has a learned embedding of its place in time.</summary>
    public required int FrameCount { get; init; }

    /// <summary>D, the size of a token.</summary>
    public required int Width { get; init; }

    /// <summary>Number of transformer blocks.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Attention heads; divides <see cref="Width"/>.</summary>
    public required int HeadCount { get; init; }

    /// <summary>The non-linearity of the MLPs: OpenAI's weights were trained with the quick one, AVION's with the exact one.</summary>
    public GeluKind Gelu { get; init; } = GeluKind.Erf;

    /// <summary>Added to the variance in layer normalization: 1e-6 in AVION's vision tower, 1e-5 in OpenAI's.</summary>
    public float LayerNormEpsilon { get; init; } = 1e-6f;

    /// <summary>How a clip's tokens become one vector.</summary>
    public VisionPooling Pooling { get; init; } = VisionPooling.ClassToken;

    /// <summary>First value of layer scale, learned factors on the columns of each block's branches; null for a model without it.</summary>
    /// <remarks>Source: Touvron et al. 2021 (arXiv:2103.17239), section 2, which begins deep models at 1e-5 or 1e-6.</remarks>
    public float? LayerScale { get; init; }

    /// <summary>How the first values are drawn; of no consequence once weights are loaded.</summary>
    public VisionInitialization Initialization { get; init; } = VisionInitialization.Published;

    /// <summary>Share of each clip's patches that training leaves out, from 0 up to but not including 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public float PatchDropoutRate { get; init; }

    /// <summary>Share of clips that go without a branch of a block in training, from 0 up to but not including 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public float DropPathRate { get; init; }

    /// <summary>Patches of a row of a frame.</summary>
    internal int GridSize => ImageSize / PatchSize;

    /// <summary>S, patches of a frame.</summary>
    internal int PatchesPerFrame => GridSize * GridSize;

    /// <summary>Tokens of a clip, the class token included.</summary>
    internal int TokenCount => 1 + (FrameCount * PatchesPerFrame);

    /// <summary>Checks that the sizes go together.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public void Validate()
    {
        ConfigCheck.Positive("vision", nameof(ImageSize), ImageSize);
        ConfigCheck.Positive("vision", nameof(PatchSize), PatchSize);
        ConfigCheck.Positive("vision", nameof(FrameCount), FrameCount);
        ConfigCheck.Layers("vision", LayerCount);
        ConfigCheck.Divides("vision", nameof(PatchSize), PatchSize, nameof(ImageSize), ImageSize);
        ConfigCheck.Divides("vision", nameof(HeadCount), HeadCount, nameof(Width), Width);
        ConfigCheck.PositiveNumber("vision", nameof(LayerNormEpsilon), LayerNormEpsilon);
        ConfigCheck.PositiveNumber("vision", nameof(LayerScale), LayerScale ?? 1);
        ConfigCheck.Share("vision", nameof(PatchDropoutRate), PatchDropoutRate);
        ConfigCheck.Share("vision", nameof(DropPathRate), DropPathRate);
    }
}

/// <summary>How a clip's tokens become one vector.</summary>
public enum VisionPooling
{
    /// <summary>The row of the class token.</summary>
    ClassToken,

    /// <summary>The mean of all rows, the class token's among them.</summary>
    Mean,
}

/// <summary>How the first values of a vision tower are drawn.</summary>
public enum VisionInitialization
{
    /// <summary>As published: blocks and positions with deviation 0.02, time embedding zero. Made
    /// for loading image weights afterwards.</summary>
    Published,

    /// <summary>
    /// For training from scratch: blocks by width and depth, as the text tower's; positions and time as strong as the patches, so
    /// that where and when are seen from the first step on.
    /// </summary>
    Scaled,
}
