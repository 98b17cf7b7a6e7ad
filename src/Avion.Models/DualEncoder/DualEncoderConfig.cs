namespace Avion.Models;

/// <summary>Sizes and choices of a dual encoder of video and text.</summary>
public sealed record DualEncoderConfig
{
    /// <summary>E, the size of the joint space.</summary>
    public int EmbeddingSize { get; init; } = 256;

    /// <summary>The video side.</summary>
    public required VisionConfig Vision { get; init; }

    /// <summary>The caption side.</summary>
    public required TextConfig Text { get; init; }

    /// <summary>First value of the logarithm of the factor on similarities; null: ln(1/0.07), as the softmax loss begins with.</summary>
    public double? InitialLogitScale { get; init; }

    /// <summary>First value of the bias that the sigmoid loss adds to scaled similarities; null: there is none.</summary>
    public double? InitialLogitBias { get; init; }

    /// <summary>Under which of the two published sets of names the vision parameters go; the numbers are the same.</summary>
    public ParameterNaming Naming { get; init; } = ParameterNaming.Flash;

    /// <summary>Shape under which the patch projection is stored; the numbers are the same.</summary>
    public PatchProjectionLayout PatchProjection { get; init; } = PatchProjectionLayout.Linear;

    /// <summary>Checks that the sizes go together.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public void Validate()
    {
        ConfigCheck.Positive("joint space", nameof(EmbeddingSize), EmbeddingSize);
        Vision.Validate();
        Text.Validate();
    }
}

/// <summary>The two sets of names under which checkpoints of the reference store a vision block.</summary>
public enum ParameterNaming
{
    /// <summary><c>attn.Wqkv.weight</c>, <c>mlp.fc1</c>, <c>mlp.fc2</c>.</summary>
    Flash,

    /// <summary><c>attn.in_proj_weight</c>, <c>mlp.c_fc</c>, <c>mlp.c_proj</c>.</summary>
    Plain,
}

/// <summary>The two shapes under which checkpoints store the projection of patches.</summary>
public enum PatchProjectionLayout
{
    /// <summary>[D, 3·P·P].</summary>
    Linear,

    /// <summary>[D, 3, P, P] (with tubelets [D, 3, P_t, P, P]).</summary>
    Convolution,
}
