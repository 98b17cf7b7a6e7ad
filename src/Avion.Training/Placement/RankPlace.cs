namespace Avion.Training;

/// <summary>Where one rank of a training runs.</summary>
/// <param name="Rank">Its number, from 0; rank 0 leads.</param>
/// <param name="Device">Where it computes.</param>
/// <param name="Communicator">Its end of the exchange with the others.</param>
public sealed record RankPlace(int Rank, Device Device, Communicator Communicator);
