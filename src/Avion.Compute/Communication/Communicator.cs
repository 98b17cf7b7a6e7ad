namespace Avion.Compute;

/// <summary>How the ranks of one training exchange tensors; the trainer is written against it, also with a single rank.</summary>
public abstract class Communicator
{
    /// <summary>This rank, 0 to <see cref="RankCount"/> - 1.</summary>
    public abstract int Rank { get; }

    /// <summary>How many ranks train together.</summary>
    public abstract int RankCount { get; }

    /// <summary>Replaces the tensor of every rank by the sum over the ranks.</summary>
    public abstract void AllReduceSum(Tensor tensor);

    /// <summary>Writes the tensors of all ranks, in rank order, to every rank.</summary>
    public abstract void AllGather(Tensor source, Tensor destination);

    /// <summary>Sums over the ranks and leaves to each rank its share, in rank order.</summary>
    public abstract void ReduceScatterSum(Tensor source, Tensor destination);

    /// <summary>Replaces the tensor of every rank by that of <paramref name="root"/>.</summary>
    public abstract void Broadcast(Tensor tensor, int root);

    /// <summary>Returns when every rank has come here.</summary>
    public abstract void Barrier();
}
