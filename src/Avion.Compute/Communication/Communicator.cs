namespace Avion.Compute;

/// <summary>How the ranks of one training exchange tensors; the trainer is written against it, also with a single rank.</summary>
/// <remarks>
/// Every rank makes the same calls in the same order, from one thread. A call is ordered on the rank's device: kernels that the device is
/// given afterwards see its result, and may write what it read. On a device that works behind its caller, a call may return before the
/// result is there; <see cref="Device.Synchronize"/> completes it and tells what went wrong. Sums run in rank order, so that a result
/// depends on the number of ranks and never on timing.
/// </remarks>
public abstract class Communicator
{
    /// <summary>This rank, 0 to <see cref="RankCount"/> - 1.</summary>
    public abstract int Rank { get; }

    /// <summary>How many ranks train together.</summary>
    public abstract int RankCount { get; }

    /// <summary>Replaces the tensor of every rank by the sum over the ranks.</summary>
    /// <exception cref="CommunicationException">The ranks do not agree on the call, or one of them failed, ended or is late.</exception>
    public abstract void AllReduceSum(Tensor tensor);

    /// <summary>Writes the tensors of all ranks, in rank order, to every rank.</summary>
    /// <param name="source">n elements, the same shape on every rank.</param>
    /// <param name="destination">n elements for each rank; the source may be this rank's share of it.</param>
    /// <exception cref="CommunicationException">As for <see cref="AllReduceSum"/>.</exception>
    public abstract void AllGather(Tensor source, Tensor destination);

    /// <summary>Sums over the ranks and leaves to each rank its share, in rank order.</summary>
    /// <param name="source">n elements for each rank, the same shape on every rank.</param>
    /// <param name="destination">n elements; may be this rank's share of the source.</param>
    /// <exception cref="CommunicationException">As for <see cref="AllReduceSum"/>.</exception>
    public abstract void ReduceScatterSum(Tensor source, Tensor destination);

    /// <summary>Replaces the tensor of every rank by that of <paramref name="root"/>.</summary>
    /// <exception cref="CommunicationException">As for <see cref="AllReduceSum"/>.</exception>
    public abstract void Broadcast(Tensor tensor, int root);

    /// <summary>Returns when every rank has come here.</summary>
    /// <param name="patience">How long to wait for the others; null for the usual time. Without limit where one rank evaluates or
    /// saves while the others wait.</param>
    /// <exception cref="CommunicationException">As for <see cref="AllReduceSum"/>.</exception>
    public abstract void Barrier(TimeSpan? patience = null);
}
