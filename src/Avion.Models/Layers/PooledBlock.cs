namespace Avion.Models;

// Legend: N tokens of all sequences, B sequences, D width.

/// <summary>A model's last transformer block where only one row of each sequence is read: nothing else is computed.</summary>
/// <remarks>
/// Equal to running <see cref="TransformerBlock"/> and gathering the rows, gradients included: the other rows' queries, output
/// projections and MLPs reach no output. Keys and values are still needed of all tokens. Of the 24·D² multiply-adds per token of a
/// block, 20·D² fall away. The row must see its whole sequence, as the class token does, and as the last token does under a causal mask.
/// </remarks>
internal sealed class PooledBlock : ITapeBlock
{
    private readonly BlockParameters _parameters;
    private readonly BlockOptions _options;
    private readonly PooledRow _row;
    private readonly BlockDrop _drop;
    private readonly ClipOffsets _oneEach;

    /// <param name="parameters">The block's.</param>
    /// <param name="options">The block's.</param>
    /// <param name="row">Which row of each sequence is read.</param>
    /// <param name="drop">The block's.</param>
    /// <param name="oneEach">Offsets of sequences of one row; stays the caller's.</param>
    public PooledBlock(BlockParameters parameters, BlockOptions options, PooledRow row, BlockDrop drop, ClipOffsets oneEach) =>
        (_parameters, _options, _row, _drop, _oneEach) = (parameters, options, row, drop, oneEach);

    public bool IsTrained => _parameters.IsTrained;

    public Shape OutputShape(Tensor x, SequenceOffsets offsets) => new(offsets.Count, x.Shape.Columns);

    public Tensor Forward(Tape tape, Tensor x, SequenceOffsets offsets)
    {
        BlockParameters p = _parameters;
        Tensor rows = RowOfEach(offsets, _row);
        Tensor normalized = tape.Normalize(x, p.AttentionNorm.Weight, p.AttentionNorm.Bias, _options.LayerNormEpsilon);
        Tensor keyValue = tape.Linear(normalized, p.KeyValue.Weight, p.KeyValue.Bias);
        Tensor query = tape.Linear(tape.GatherRows(normalized, rows), p.Query.Weight, p.Query.Bias);
        tape.Forget(normalized);
        Tensor heads = tape.AttendFromOneRow(query, keyValue, offsets, _options.HeadCount);
        Tensor attended = tape.Linear(heads, p.AttentionOutput.Weight, p.AttentionOutput.Bias);
        return Mlp.AddTo(tape, tape.GatherRows(x, rows), attended, _oneEach.For(tape.Device, offsets.Count), p, _options, _drop);
    }

    /// <summary>The number of one row of each sequence: int32 [B].</summary>
    public static Tensor RowOfEach(SequenceOffsets offsets, PooledRow row) => row == PooledRow.First ? offsets.FirstRows : offsets.LastRows;
}

/// <summary>Which row of each sequence a model reads.</summary>
internal enum PooledRow
{
    /// <summary>The class token.</summary>
    First,

    /// <summary>The end-of-text token.</summary>
    Last,
}
