namespace Avion.Models;

/// <summary>How a family of checkpoints names the parameters of one transformer block.</summary>
internal sealed record BlockNames(
    string AttentionNorm, string QkvWeight, string? QkvBias, string AttentionOutput, string MlpNorm, string MlpIn, string MlpOut,
    string AttentionScale, string MlpScale)
{
    /// <summary>CLIP and everything made from it.</summary>
    public static BlockNames Clip { get; } =
        new("ln_1", "attn.in_proj_weight", "attn.in_proj_bias", "attn.out_proj", "ln_2", "mlp.c_fc", "mlp.c_proj", "ls_1.gamma",
            "ls_2.gamma");

    /// <summary>The vision tower of AVION with fused attention.</summary>
    public static BlockNames ClipFlash { get; } =
        new("ln_1", "attn.Wqkv.weight", "attn.Wqkv.bias", "attn.out_proj", "ln_2", "mlp.fc1", "mlp.fc2", "ls_1.gamma", "ls_2.gamma");

    /// <summary>VideoMAE with fused attention.</summary>
    public static BlockNames MaeFlash { get; } =
        new("norm1", "attn.Wqkv.weight", "attn.Wqkv.bias", "attn.out_proj", "norm2", "mlp.fc1", "mlp.fc2", "gamma_1", "gamma_2");

    /// <summary>The original VideoMAE, whose keys have no bias: instead of one there are
    /// <c>attn.q_bias</c> and <c>attn.v_bias</c>.</summary>
    public static BlockNames Mae { get; } =
        new("norm1", "attn.qkv.weight", null, "attn.proj", "norm2", "mlp.fc1", "mlp.fc2", "gamma_1", "gamma_2");
}
