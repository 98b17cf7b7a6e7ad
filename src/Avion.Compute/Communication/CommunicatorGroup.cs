namespace Avion.Compute;

/// <summary>The ranks of one process that train together, each on a thread of its own.</summary>
public abstract class CommunicatorGroup : IDisposable
{
    /// <summary>How many ranks there are.</summary>
    public abstract int RankCount { get; }

    /// <summary>The end of one rank, to be used by the thread that runs it.</summary>
    /// <param name="rank">0 to <see cref="RankCount"/> - 1.</param>
    /// <param name="device">Where the rank's tensors lie.</param>
    /// <exception cref="InvalidOperationException">The rank has joined before.</exception>
    public abstract Communicator Join(int rank, Device device);

    /// <summary>A rank cannot go on: the others are released with an error that names it.</summary>
    public abstract void Fail(int rank, Exception error);

    /// <summary>A rank makes no more calls; an error for the others only if they still wait for it, or come to wait.</summary>
    public abstract void Leave(int rank);

    /// <summary>Gives back what the ranks share, after their threads have ended and before their devices are closed.</summary>
    public abstract void Dispose();
}
