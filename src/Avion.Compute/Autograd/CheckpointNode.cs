namespace Avion.Compute;

/// <summary>A part of a model that <see cref="Tape.Checkpoint"/> can run twice, such as a transformer block.</summary>
public interface ITapeBlock
{
    /// <summary>Computes the block's result from its input alone (and counters), the same each time.</summary>
    Tensor Forward(Tape tape, Tensor x, SequenceOffsets offsets);

    /// <summary>Whether any of the block's parameters is trained; backward stops at a block without
    /// any whose input wants no gradient.</summary>
    bool IsTrained { get; }

    /// <summary>Shape of the result.</summary>
    Shape OutputShape(Tensor x, SequenceOffsets offsets);
}

internal sealed class CheckpointNode : Node
{
    internal ITapeBlock Block = null!;
    internal Tensor Input;
    internal SequenceOffsets Offsets;

    internal override void Backward(Tape tape) => tape.BackwardThrough(this);
}
