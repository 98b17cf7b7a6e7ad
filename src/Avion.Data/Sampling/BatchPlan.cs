namespace Avion.Data;

/// <summary>A point in a run: the next step to take of an epoch, both from 0.</summary>
public readonly record struct RunPosition(int Epoch, int Step)
{
    /// <summary>The beginning of a run.</summary>
    public static RunPosition Start => default;
}

/// <summary>Says which sample stands in which slot of which batch, for every rank, epoch and step.</summary>
/// <remarks>
/// Step s takes positions s·B·W … (s+1)·B·W - 1 of the epoch's order, for B clips a rank and W ranks; slot i of rank r is position
/// s·B·W + i·W + r. So the set of clips in a step does not change when the same total batch is spread over another number of ranks.
/// With R draws of each sample a step has S = B·W / R samples, and place p of it is draw p / S of its sample p mod S: the draws of a sample
/// stand in slots of one rank, B / R apart, and which place they take does not depend on the number of ranks either. Every rank has the
/// same number of steps. Nothing is stored: any step of any epoch is found at once.
/// </remarks>
public sealed class BatchPlan
{
    private readonly long _positionCount;

    /// <summary>Plans the batches of a data set.</summary>
    /// <param name="sampleCount">Samples in the data set.</param>
    /// <param name="batchSize">B: clips of one rank's batch.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="shuffle">A new random order each epoch; otherwise the data set's order.</param>
    /// <param name="dropLast">Leaves out the incomplete last batch of an epoch (training); otherwise it is short, on some ranks maybe
    /// empty, and no sample is given twice (evaluation).</param>
    /// <param name="rank">This rank, from 0.</param>
    /// <param name="worldSize">W: number of ranks.</param>
    /// <param name="repeats">R: draws of each sample in its batch, so that one opened file serves several clips (Hoffer et al. 2020,
    /// "Augment your batch"); an epoch then has sampleCount·repeats positions.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is out of its range.</exception>
    /// <exception cref="ArgumentException">Repeats without whole batches, or that do not divide the batch.</exception>
    /// <exception cref="DataException">The data set is empty, or smaller than one batch that may not be short.</exception>
    public BatchPlan(
        int sampleCount,
        int batchSize,
        ulong seed,
        bool shuffle = true,
        bool dropLast = true,
        int rank = 0,
        int worldSize = 1,
        int repeats = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sampleCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(worldSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(repeats);
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, worldSize);
        if (repeats > 1 && (!dropLast || batchSize % repeats != 0))
        {
            throw new ArgumentException($"{repeats} draws of a sample need whole batches of a multiple of {repeats} clips; got "
                + $"{batchSize}.", nameof(repeats));
        }

        SampleCount = sampleCount;
        BatchSize = batchSize;
        Seed = seed;
        Shuffle = shuffle;
        DropLast = dropLast;
        Rank = rank;
        WorldSize = worldSize;
        Repeats = repeats;
        _positionCount = (long)sampleCount * repeats;
        long total = (long)batchSize * worldSize;
        StepsPerEpoch = checked((int)(dropLast ? _positionCount / total : (_positionCount + total - 1) / total));
        if (StepsPerEpoch == 0)
        {
            throw new DataException(
                $"Cannot make a batch: the data set has {_positionCount} samples, expected at least {(dropLast ? total : 1)} "
                + $"({batchSize} a rank, {worldSize} ranks). Use a smaller batch or more data.");
        }
    }

    public int SampleCount { get; }

    /// <summary>B: clips of one rank's full batch.</summary>
    public int BatchSize { get; }

    public ulong Seed { get; }

    public bool Shuffle { get; }

    public bool DropLast { get; }

    public int Rank { get; }

    /// <summary>W: number of ranks.</summary>
    public int WorldSize { get; }

    /// <summary>R: draws of each sample in its batch.</summary>
    public int Repeats { get; }

    /// <summary>How far apart the draws of a sample stand in a batch: B / R slots.</summary>
    public int SlotsBetweenDraws => BatchSize / Repeats;

    /// <summary>Steps of one epoch, the same on every rank.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Clips in this rank's batch at a step of any epoch: B, or less in a short last one.</summary>
    public int ClipCount(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, StepsPerEpoch);
        long first = ((long)step * BatchSize * WorldSize) + Rank;
        long left = (_positionCount - first + WorldSize - 1) / WorldSize;
        return (int)Math.Clamp(left, 0, BatchSize);
    }

    /// <summary>The place of a slot among the clips that all ranks take in one step, from 0: the number by which a training step keys what
    /// it draws for the slot.</summary>
    public int PlaceInStep(int slot) => checked((slot * WorldSize) + Rank);

    /// <summary>The same plan for another rank.</summary>
    public BatchPlan ForRank(int rank) => new(SampleCount, BatchSize, Seed, Shuffle, DropLast, rank, WorldSize, Repeats);

    /// <summary>Which sample, and which draw of it, stands in a slot.</summary>
    public SampleKey KeyAt(RunPosition at, int slot)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, ClipCount(at.Step));

        int place = PlaceInStep(slot);
        long samplesInStep = (long)SlotsBetweenDraws * WorldSize;
        int position = (int)((at.Step * samplesInStep) + (place % samplesInStep));
        int index = Shuffle ? new IndexPermutation(SampleCount, Seed, at.Epoch)[position] : position;
        return new SampleKey(Seed, at.Epoch, index, (int)(place / samplesInStep));
    }

    /// <summary>The position after this one; an epoch's last step is followed by step 0 of the next.</summary>
    public RunPosition Next(RunPosition at) =>
        at.Step + 1 < StepsPerEpoch ? at with { Step = at.Step + 1 } : new RunPosition(at.Epoch + 1, 0);

    /// <summary>Steps from the beginning of the run to a position.</summary>
    public long StepsBefore(RunPosition at) => ((long)at.Epoch * StepsPerEpoch) + at.Step;
}
