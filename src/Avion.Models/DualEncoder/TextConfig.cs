namespace Avion.Models;

/// <summary>Sizes and choices of a text tower.</summary>
public sealed record TextConfig
{
    /// <summary>Longest caption in tokens, begin and end markers included.</summary>
    public int ContextLength { get; init; } = 77;

    /// <summary>V, number of different tokens; the end-of-text token is the last.</summary>
    public int VocabularySize { get; init; } = 49408;

    /// <summary>D, the size of a token.</summary>
    public required int Width { get; init; }

    /// <summary>Number of transformer blocks.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Attention heads; divides <see cref="Width"/>.</summary>
    public required int HeadCount { get; init; }

    /// <summary>The non-linearity of the MLPs.</summary>
    public GeluKind Gelu { get; init; } = GeluKind.Erf;

    /// <summary>Added to the variance in layer normalization.</summary>
    public float LayerNormEpsilon { get; init; } = 1e-5f;

    /// <summary>Whether a token sees only those before it, which makes the trimming of padding exact.</summary>
    public bool IsCausal { get; init; } = true;

    /// <summary>First value of layer scale, learned factors on the columns of each block's branches; null for a model without it.</summary>
    public float? LayerScale { get; init; }

    /// <summary>Checks that the sizes go together.</summary>
    /// <exception cref="System.ArgumentException">They do not.</exception>
    public void Validate()
    {
        ConfigCheck.Positive("text", nameof(ContextLength), ContextLength);
        ConfigCheck.Positive("text", nameof(VocabularySize), VocabularySize);
        ConfigCheck.Layers("text", LayerCount);
        ConfigCheck.Divides("text", nameof(HeadCount), HeadCount, nameof(Width), Width);
        ConfigCheck.PositiveNumber("text", nameof(LayerNormEpsilon), LayerNormEpsilon);
        ConfigCheck.PositiveNumber("text", nameof(LayerScale), LayerScale ?? 1);
    }
}
