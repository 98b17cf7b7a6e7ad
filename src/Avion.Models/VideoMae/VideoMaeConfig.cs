using System.Text.Json.Serialization;

namespace Avion.Models;

/// <summary>Width, depth and heads of one transformer.</summary>
/// <param name="Width">D, the size of a token.</param>
/// <param name="LayerCount">Number of blocks.</param>
/// <param name="HeadCount">Attention heads; divides the width.</param>
public sealed record TransformerSize(int Width, int LayerCount, int HeadCount)
{
    internal void Validate(string part)
    {
        ConfigCheck.Layers(part, LayerCount);
        ConfigCheck.Divides(part, nameof(HeadCount), HeadCount, nameof(Width), Width);
        ConfigCheck.Divides(part, "2 (sines and cosines)", 2, nameof(Width), Width);
    }
}

/// <summary>How clips are cut into tubelets, and how the parameters over them are named and stored.</summary>
public sealed record TubeletConfig
{
    /// <summary>Height and width of the square frames in pixels.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Height and width of a tubelet in pixels; divides <see cref="ImageSize"/>.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Frames of a clip.</summary>
    public int FrameCount { get; init; } = 16;

    /// <summary>Frames of a tubelet; divides <see cref="FrameCount"/>.</summary>
    public int TubeletFrames { get; init; } = 2;

    /// <summary>Names with fused attention, whose keys have a bias too, or those of the original, whose keys have none.</summary>
    public ParameterNaming Naming { get; init; } = ParameterNaming.Flash;

    /// <summary>Shape under which the projection of tubelets is stored; the numbers are the same.</summary>
    public PatchProjectionLayout PatchProjection { get; init; } = PatchProjectionLayout.Linear;

    /// <summary>Added to the variance in layer normalization.</summary>
    public float LayerNormEpsilon { get; init; } = 1e-6f;

    /// <summary>First value of layer scale, learned factors on the columns of each block's branches; null for a model without it.</summary>
    public float? LayerScale { get; init; }

    /// <summary>Tubelets of one time slot.</summary>
    public int CellCount => ImageSize / PatchSize * (ImageSize / PatchSize);

    /// <summary>Time slots.</summary>
    public int SlotCount => FrameCount / TubeletFrames;

    /// <summary>N, tokens of a clip.</summary>
    public int TokenCount => CellCount * SlotCount;

    /// <summary>Pixel values of a tubelet.</summary>
    public int TubeletElements => 3 * TubeletFrames * PatchSize * PatchSize;

    internal void Validate()
    {
        ConfigCheck.Divides("tubelets", nameof(PatchSize), PatchSize, nameof(ImageSize), ImageSize);
        ConfigCheck.Divides("tubelets", nameof(TubeletFrames), TubeletFrames, nameof(FrameCount), FrameCount);
        ConfigCheck.PositiveNumber("tubelets", nameof(LayerNormEpsilon), LayerNormEpsilon);
        ConfigCheck.PositiveNumber("tubelets", nameof(LayerScale), LayerScale ?? 1);
    }
}

/// <summary>Sizes and choices of a masked video autoencoder.</summary>
public sealed record VideoMaeConfig
{
    /// <summary>How clips are cut.</summary>
    public TubeletConfig Tubelets { get; init; } = new();

    /// <summary>The encoder, which sees the visible tokens alone.</summary>
    public required TransformerSize Encoder { get; init; }

    /// <summary>The decoder, which sees mask tokens too.</summary>
    public required TransformerSize Decoder { get; init; }

    /// <summary>Whether each hidden patch's pixels are normalized by their own mean and deviation before they are predicted; otherwise they
    /// are predicted as the model reads them.</summary>
    public bool NormalizesTargets { get; init; } = true;

    /// <summary>Share of clips that go without a branch of the encoder's last block in training; less in those before, none in the
    /// first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public float DropPathRate { get; init; }

    /// <summary>ViT-B/16 with 16 frames of 224 pixels and a decoder of four blocks, as published.</summary>
    public static VideoMaeConfig Base => new() { Encoder = new TransformerSize(768, 12, 12), Decoder = new TransformerSize(384, 4, 6) };

    /// <summary>Checks that the sizes go together.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public void Validate()
    {
        Tubelets.Validate();
        Encoder.Validate("encoder");
        Decoder.Validate("decoder");
        ConfigCheck.Share("encoder", nameof(DropPathRate), DropPathRate);
    }
}

/// <summary>Sizes and choices of a classifier over a VideoMAE encoder.</summary>
public sealed record VideoMaeClassifierConfig
{
    /// <summary>How clips are cut.</summary>
    public TubeletConfig Tubelets { get; init; } = new();

    /// <summary>The encoder.</summary>
    public required TransformerSize Encoder { get; init; }

    /// <summary>Number of classes.</summary>
    public required int ClassCount { get; init; }

    /// <summary>Share of clips that go without a branch of the encoder's last block in training; less in those before, none in the
    /// first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public float DropPathRate { get; init; }

    /// <summary>Share of the features that are dropped before the head in training.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public float DropoutRate { get; init; }

    /// <summary>ViT-B/16 over 16 frames of 224 pixels, as published.</summary>
    public static VideoMaeClassifierConfig Base(int classCount) =>
        new() { Encoder = new TransformerSize(768, 12, 12), ClassCount = classCount };

    /// <summary>Checks that the sizes go together.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public void Validate()
    {
        Tubelets.Validate();
        Encoder.Validate("encoder");
        ConfigCheck.Positive("classifier", nameof(ClassCount), ClassCount);
        ConfigCheck.Share("encoder", nameof(DropPathRate), DropPathRate);
        ConfigCheck.Share("classifier", nameof(DropoutRate), DropoutRate);
    }
}
