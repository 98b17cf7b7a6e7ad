using TorchSharp;

namespace Avion.Peers;

/// <summary>In which types the peer keeps activations and the weights that products read.</summary>
/// <remarks>
/// Three ways: float32; bfloat16; and float32 whose numbers are rounded to the bits of bfloat16 wherever bfloat16 stores one, forward and
/// backward. The last is what any computation in bfloat16 has in common: everything between two stores is exact to 24 bits. Rounding
/// <c>c·x</c> and dividing by c rounds at other places for every c, by errors of the same size: so each c is another draw of them.
/// </remarks>
internal sealed class TorchTypes
{
    private readonly bool _isBFloat16;
    private readonly double _scale;

    private TorchTypes(bool isBFloat16, double scale) => (_isBFloat16, _scale) = (isBFloat16, scale);

    public static TorchTypes Float32 { get; } = new(false, 0);

    public static TorchTypes BFloat16 { get; } = new(true, 0);

    /// <summary>Rounds c·x.</summary>
    /// <param name="scale">c, from 1 up to 2: beyond, everything repeats.</param>
    public static TorchTypes Rounded(double scale) => new(false, scale);

    /// <summary>A weight of float32 as products read it, or what float32 operations made for a block to read.</summary>
    public torch.Tensor Cast(torch.Tensor x) => _isBFloat16 ? x.to(torch.bfloat16) : Store(x);

    /// <summary>What an operation gave, as the next one reads it; in bfloat16 it has its type already.</summary>
    public torch.Tensor Store(torch.Tensor x) => _scale == 0 ? x : (x * _scale).to(torch.bfloat16).to(torch.float32) / _scale;
}
