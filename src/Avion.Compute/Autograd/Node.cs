namespace Avion.Compute;

/// <summary>One recorded operation: what its backward needs, kept from the forward pass.</summary>
/// <remarks>
/// Nodes are reused from step to step (<see cref="Tape.Record{TNode}"/>), so every field is set anew at each recording and no step
/// allocates. A node holds tensor handles and parameters, never memory of its own.
/// </remarks>
public abstract class Node
{
    /// <summary>Which pool of <see cref="NodePools"/> the node returns to.</summary>
    internal int PoolIndex { get; init; }

    /// <summary>How many step-scoped values existed before this operation made its own.</summary>
    internal int FirstValue;

    /// <summary>The differentiable result, whose gradient the backward reads.</summary>
    internal Tensor Output;

    /// <summary>A second differentiable result, or the default value.</summary>
    internal Tensor SecondOutput;

    /// <summary>Reads the gradients of the results, writes or adds to those of the inputs, adds to those of the parameters.</summary>
    internal abstract void Backward(Tape tape);

    /// <summary>Computes <see cref="Output"/>'s value again from what the node keeps, into new step-scoped memory.</summary>
    /// <remarks>For results that cost little beside the memory they would hold from forward to backward; see
    /// <see cref="Tape.Forget"/>.</remarks>
    internal virtual Tensor Remake(Tape tape) => throw new InvalidOperationException(
        $"{GetType().Name}: its result was forgotten, and backward needs it but cannot make it again. This is a bug in Avion.");
}
