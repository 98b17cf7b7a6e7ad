using System.Security.Cryptography;

namespace Avion.Training;

/// <summary>Makes sure that all ranks of a training start from the same weights and optimizer states, to the last bit.</summary>
/// <remarks>Ranks never exchange weights: they stay equal because they start equal and make the same updates.</remarks>
internal sealed class StartingState(int rankCount)
{
    private const int ChunkElements = 1 << 20;

    private readonly byte[][] _digests = new byte[rankCount][];

    /// <summary>Compares a rank with rank 0; every rank calls it once.</summary>
    /// <exception cref="RunException">They differ.</exception>
    public void Verify(RankPlace place, TrainingRank rank)
    {
        if (rankCount == 1)
        {
            return;
        }

        _digests[place.Rank] = DigestOf(rank);
        place.Communicator.Barrier(Timeout.InfiniteTimeSpan);
        if (!_digests[place.Rank].AsSpan().SequenceEqual(_digests[0]))
        {
            throw new RunException(
                $"Rank {place.Rank} starts from other weights or optimizer states than rank 0 (SHA-256 {Text(place.Rank)} and {Text(0)}): "
                + $"the task '{rank.Task.Setup.Recipe.Task}' makes or loads its model differently on every rank. "
                + "First values may depend on the recipe and its seed alone.");
        }
    }

    private static byte[] DigestOf(TrainingRank rank)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        float[] chunk = new float[ChunkElements];
        Append(hash, rank, rank.Task.Model.Parameters.Master, chunk);
        foreach ((_, FlatBuffer state) in rank.Optimizer.States.OrderBy(state => state.Key, StringComparer.Ordinal))
        {
            Append(hash, rank, state.Values, chunk);
        }

        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, TrainingRank rank, Tensor values, float[] chunk)
    {
        for (long first = 0; first < values.Count; first += ChunkElements)
        {
            Span<float> part = chunk.AsSpan(0, (int)Math.Min(ChunkElements, values.Count - first));
            rank.Device.Download(values.Part(first, part.Length), part);
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(part));
        }
    }

    private string Text(int rank) => Convert.ToHexString(_digests[rank])[..8];
}
