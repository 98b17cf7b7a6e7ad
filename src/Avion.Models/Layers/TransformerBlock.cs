namespace Avion.Models;

// Legend: N tokens of all sequences, D width, M MLP width.

/// <summary>A pre-normalized transformer block: x += attention(norm(x)); x += mlp(norm(x)).</summary>
/// <remarks>Source: Vaswani et al. 2017 (arXiv:1706.03762), section 3; pre-normalization as in Radford et al. 2019, section 2.3.</remarks>
internal sealed class TransformerBlock : ITapeBlock
{
    private readonly BlockParameters _parameters;
    private readonly BlockOptions _options;
    private readonly BlockDrop _drop;

    public TransformerBlock(BlockParameters parameters, BlockOptions options, BlockDrop drop) =>
        (_parameters, _options, _drop) = (parameters, options, drop);

    public bool IsTrained => _parameters.IsTrained;

    public Shape OutputShape(Tensor x, SequenceOffsets offsets) => x.Shape;

    public Tensor Forward(Tape tape, Tensor x, SequenceOffsets offsets)
    {
        BlockParameters p = _parameters;
        Tensor normalized = tape.Normalize(x, p.AttentionNorm.Weight, p.AttentionNorm.Bias, _options.LayerNormEpsilon);
        Tensor qkv = p.ProjectQkv(tape, normalized);
        tape.Forget(normalized);
        Tensor heads = tape.Attention(qkv, offsets, _options.HeadCount, _options.IsCausal);
        Tensor attended = tape.Linear(heads, p.AttentionOutput.Weight, p.AttentionOutput.Bias);
        return Mlp.AddTo(tape, x, attended, offsets, p, _options, _drop);
    }
}
