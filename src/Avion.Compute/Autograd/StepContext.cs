namespace Avion.Compute;

/// <summary>Where a step stands in its training: what a forward pass depends on beside its inputs and the parameters.</summary>
/// <remarks>
/// <see cref="Tape.Begin"/> keeps it for the step, and model code reads it there, so models hold no state of a training. The default is
/// evaluation on one rank. What is drawn at random is keyed by <see cref="Seed"/>, <see cref="Position"/> and
/// <see cref="SampleNumber"/>: any number of ranks draws the same for the same samples, and so does a resumed run.
/// </remarks>
public readonly record struct StepContext
{
    /// <summary>The run's seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>Steps of the run before this one.</summary>
    public long Step { get; init; }

    /// <summary>Epoch, from 0.</summary>
    public int Epoch { get; init; }

    /// <summary>Step of the epoch, from 0.</summary>
    public int StepInEpoch { get; init; }

    /// <summary>Whether the step trains: dropout, drop path and the like are for training alone.</summary>
    public bool IsTraining { get; init; }

    /// <summary>Whether patch dropout pauses, as it does in the last steps of a training.</summary>
    public bool KeepsAllPatches { get; init; }

    /// <summary>The ranks that compute this step together; null for one rank.</summary>
    public Communicator? Communicator { get; init; }

    /// <summary>Samples of this rank that came earlier in the step, where a step computes its batch in several parts.</summary>
    public int SamplesBefore { get; init; }

    /// <summary>This rank, from 0.</summary>
    public int Rank => Communicator?.Rank ?? 0;

    /// <summary>Ranks that compute this step together.</summary>
    public int RankCount => Communicator?.RankCount ?? 1;

    /// <summary>Epoch and step of the epoch as one number, by which draws are keyed.</summary>
    public ulong Position => ((ulong)(uint)Epoch << 32) | (uint)StepInEpoch;

    /// <summary>The number of a sample of this rank's batch in the step's batch over all ranks, which take samples in turn.</summary>
    /// <param name="index">Place in the batch, from 0.</param>
    public long SampleNumber(int index) => (((long)SamplesBefore + index) * RankCount) + Rank;
}
