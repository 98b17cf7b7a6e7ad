namespace Avion.Compute;

/// <summary>One rank of many on a <see cref="PlanningDevice"/>: exchanges nothing, so that a step is planned as it runs with the
/// others.</summary>
/// <param name="rank">Which rank is planned.</param>
/// <param name="rankCount">How many ranks train together.</param>
public sealed class PlanningRank(int rank, int rankCount) : Communicator
{
    /// <inheritdoc />
    public override int Rank => rank;

    /// <inheritdoc />
    public override int RankCount => rankCount;

    /// <inheritdoc />
    public override void AllReduceSum(Tensor tensor)
    {
    }

    /// <inheritdoc />
    public override void AllGather(Tensor source, Tensor destination)
    {
    }

    /// <inheritdoc />
    public override void ReduceScatterSum(Tensor source, Tensor destination)
    {
    }

    /// <inheritdoc />
    public override void Broadcast(Tensor tensor, int root)
    {
    }

    /// <inheritdoc />
    public override void Barrier(TimeSpan? patience = null)
    {
    }
}
