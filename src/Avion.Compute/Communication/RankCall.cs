namespace Avion.Compute;

/// <summary>What a rank can ask of the others.</summary>
internal enum RankOperation : byte
{
    AllReduceSum,
    AllGather,
    ReduceScatterSum,
    Broadcast,
    Barrier,
}

/// <summary>One call of one rank: what all ranks must agree on, and where this rank's tensors lie.</summary>
/// <param name="Operation">Which operation.</param>
/// <param name="Source">What the rank gives; absent for a barrier.</param>
/// <param name="Destination">What the rank receives; the source itself where it is replaced.</param>
/// <param name="Root">Whose tensor is sent, or 0.</param>
internal readonly record struct RankCall(RankOperation Operation, Tensor Source, Tensor Destination, int Root)
{
    /// <summary>Whether two ranks ask for the same.</summary>
    public bool AgreesWith(in RankCall other) => Operation == other.Operation && Root == other.Root
        && Source.Type == other.Source.Type && Source.Shape == other.Source.Shape && Destination.Shape == other.Destination.Shape;

    /// <summary>For messages.</summary>
    public override string ToString() => Operation switch
    {
        RankOperation.Barrier => "Barrier",
        RankOperation.AllReduceSum => $"AllReduceSum of {Source}",
        RankOperation.Broadcast => $"Broadcast of {Source} from rank {Root}",
        _ => $"{Operation} of {Source} to {Destination}",
    };
}
