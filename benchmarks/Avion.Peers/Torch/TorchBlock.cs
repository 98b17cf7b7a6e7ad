using TorchSharp;
using static TorchSharp.torch.nn;

namespace Avion.Peers;

/// <summary>A pre-normalized transformer block by the peer's own operations: fused attention, linear layers, layer norm, GELU.</summary>
/// <remarks>Each block frees its handles at its end, so that backward frees what they name when it has read it, as in PyTorch.</remarks>
/// <param name="Parameters">The model's.</param>
/// <param name="Names">How the block's parameters are named.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Epsilon">Added to the variance in layer norm.</param>
/// <param name="IsCausal">Whether a token sees only those before it.</param>
internal sealed record TorchBlock(TorchParameters Parameters, TorchBlockNames Names, int Heads, double Epsilon, bool IsCausal = false)
{
    /// <summary>[B, N, D] to [B, N, D].</summary>
    public torch.Tensor Forward(torch.Tensor x)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] qkv = Linear(Norm(x, Names.FirstNorm), Names.Qkv).chunk(3, -1);
        return Finish(x, Attend(qkv[0], qkv[1], qkv[2], IsCausal)).MoveToOuterDisposeScope();
    }

    /// <summary>The block where only one row of each sequence is read: [B, N, D] to [B, 1, D].</summary>
    /// <param name="x">The sequences.</param>
    /// <param name="row">Which row; it sees its whole sequence.</param>
    public torch.Tensor ForwardRow(torch.Tensor x, long row)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long width = x.shape[2];
        torch.Tensor normalized = Norm(x, Names.FirstNorm);
        torch.Tensor weight = Parameters.OfProduct(Names.Qkv.Weight), bias = Parameters.OfProduct(Names.Qkv.Bias);
        torch.Tensor query = Store(functional.linear(normalized.narrow(1, row, 1), weight.narrow(0, 0, width), bias.narrow(0, 0, width)));
        torch.Tensor[] keyValue =
            Store(functional.linear(normalized, weight.narrow(0, width, 2 * width), bias.narrow(0, width, 2 * width))).chunk(2, -1);
        return Finish(x.narrow(1, row, 1), Attend(query, keyValue[0], keyValue[1], isCausal: false)).MoveToOuterDisposeScope();
    }

    private torch.Tensor Finish(torch.Tensor x, torch.Tensor attended)
    {
        x = Store(x + Linear(attended, Names.Project));
        return Store(x + Linear(Store(functional.gelu(Linear(Norm(x, Names.SecondNorm), Names.MlpIn))), Names.MlpOut));
    }

    private torch.Tensor Attend(torch.Tensor query, torch.Tensor key, torch.Tensor value, bool isCausal)
    {
        torch.Tensor heads = functional.scaled_dot_product_attention(Split(query), Split(key), Split(value), is_casual: isCausal);
        return Store(heads).transpose(1, 2).reshape(query.shape[0], query.shape[1], query.shape[2]);
    }

    private torch.Tensor Split(torch.Tensor x) => x.view(x.shape[0], x.shape[1], Heads, -1).transpose(1, 2);

    private torch.Tensor Norm(torch.Tensor x, TorchLayerNames names) => TorchLayerNorm.Of(Parameters, x, names, Epsilon);

    private torch.Tensor Linear(torch.Tensor x, TorchLayerNames names) => Store(functional.linear(
        x, Parameters.OfProduct(names.Weight), Parameters.OfProduct(names.Bias)));

    private torch.Tensor Store(torch.Tensor x) => Parameters.Types.Store(x);
}

/// <summary>Names of a layer's two parameters.</summary>
internal sealed record TorchLayerNames(string Weight, string Bias)
{
    public static TorchLayerNames Of(string layer) => new(layer + ".weight", layer + ".bias");
}

/// <summary>Names of the layers of a block.</summary>
internal sealed record TorchBlockNames(
    TorchLayerNames FirstNorm, TorchLayerNames Qkv, TorchLayerNames Project, TorchLayerNames SecondNorm, TorchLayerNames MlpIn,
    TorchLayerNames MlpOut)
{
    /// <summary>The vision tower's.</summary>
    public static TorchBlockNames Vision(string prefix) => new(
        TorchLayerNames.Of(prefix + "ln_1"), TorchLayerNames.Of(prefix + "attn.Wqkv"), TorchLayerNames.Of(prefix + "attn.out_proj"),
        TorchLayerNames.Of(prefix + "ln_2"), TorchLayerNames.Of(prefix + "mlp.fc1"), TorchLayerNames.Of(prefix + "mlp.fc2"));

    /// <summary>The text tower's.</summary>
    public static TorchBlockNames Text(string prefix) => new(
        TorchLayerNames.Of(prefix + "ln_1"), new(prefix + "attn.in_proj_weight", prefix + "attn.in_proj_bias"),
        TorchLayerNames.Of(prefix + "attn.out_proj"), TorchLayerNames.Of(prefix + "ln_2"), TorchLayerNames.Of(prefix + "mlp.c_fc"),
        TorchLayerNames.Of(prefix + "mlp.c_proj"));

    /// <summary>VideoMAE's.</summary>
    public static TorchBlockNames Masked(string prefix) => new(
        TorchLayerNames.Of(prefix + "norm1"), TorchLayerNames.Of(prefix + "attn.Wqkv"), TorchLayerNames.Of(prefix + "attn.out_proj"),
        TorchLayerNames.Of(prefix + "norm2"), TorchLayerNames.Of(prefix + "mlp.fc1"), TorchLayerNames.Of(prefix + "mlp.fc2"));
}
