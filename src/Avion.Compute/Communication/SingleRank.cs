namespace Avion.Compute;

/// <summary>The communicator of a training with one rank: sums are the value itself, gathering is a copy.</summary>
public sealed class SingleRank : Communicator
{
    private readonly Device _device;

    /// <summary>Makes it for a device.</summary>
    public SingleRank(Device device) => _device = device;

    /// <inheritdoc />
    public override int Rank => 0;

    /// <inheritdoc />
    public override int RankCount => 1;

    /// <inheritdoc />
    public override void AllReduceSum(Tensor tensor)
    {
    }

    /// <inheritdoc />
    public override void AllGather(Tensor source, Tensor destination) => _device.Copy(source, destination);

    /// <inheritdoc />
    public override void ReduceScatterSum(Tensor source, Tensor destination) => _device.Copy(source, destination);

    /// <inheritdoc />
    public override void Broadcast(Tensor tensor, int root)
    {
    }

    /// <inheritdoc />
    public override void Barrier(TimeSpan? patience = null)
    {
    }
}
