namespace Avion.Training;

/// <summary>Finds the memory of a recipe's training from shapes alone, and how many blocks must be
/// recomputed to stay within a budget.</summary>
/// <remarks>
/// A plan runs the step on a <see cref="PlanningDevice"/>, which costs about a millisecond, so every choice is tried rather than estimated.
/// A transformer recomputes its first blocks (<see cref="BlockStack"/> says why). How many of each transformer: of all ways to share
/// out a number, the one with the smallest peak, and among equals the one with the fewest operations.
/// </remarks>
public sealed class MemoryPlanner : IDisposable
{
    private readonly PlanningDevice _device;
    private readonly TrainingTask _task;
    private readonly SyntheticBatch _batch;
    private readonly StepMeasurements _measurements;
    private readonly StepContext _step;
    private readonly int _rankCount, _share;
    private int _partCount;
    private readonly long _optimizerBytes, _averageBytes, _batchBytes, _hostBatchBytes, _evaluationBytes;

    /// <param name="recipe">Task, model, batch size, devices and optimizer.</param>
    /// <param name="threads">Compute threads of all ranks, each of which takes scratch memory; 0: one per processor.</param>
    /// <param name="evaluates">Whether the run evaluates.</param>
    /// <param name="captionTokens">Tokens of every caption; 0: as many as the model reads, which no batch exceeds.</param>
    public MemoryPlanner(Recipe recipe, int threads = 0, bool evaluates = true, int captionTokens = 0)
        : this(recipe, DeviceChoice.Of(recipe).Describe(threads), evaluates, captionTokens)
    {
    }

    /// <summary>Plans for a device, which need not be there; every rank has one.</summary>
    /// <param name="recipe">Task, model, batch size, devices and optimizer.</param>
    /// <param name="device">What trains.</param>
    /// <param name="evaluates">Whether the run evaluates.</param>
    /// <param name="captionTokens">Tokens of every caption; 0: as many as the model reads, which no batch exceeds.</param>
    public MemoryPlanner(Recipe recipe, DeviceDescription device, bool evaluates = true, int captionTokens = 0)
    {
        _share = recipe.Train.DeviceList.ShareOf(recipe);
        _partCount = recipe.Train.PartCount ?? 1;
        _rankCount = recipe.Train.DeviceList.Count;
        _device = PlanningDevice.For(device);
        _task = TrainingTasks.Of(recipe).Create(TaskSetup.ForMeasuring(recipe, _device));
        _batch = _task.CreateSyntheticBatch(_share, captionTokens);
        _measurements = new StepMeasurements(_device);
        _step = new StepContext
        {
            Seed = recipe.Train.Seed, IsTraining = true, Communicator = _rankCount > 1 ? new PlanningRank(rank: 0, _rankCount) : null,
            KeepsAllPatches = recipe.Train.UndroppedEpochs > 0,
        };
        using Optimizer optimizer = Optimizer.Create(recipe.Optimizer, _task.Model.Parameters, _device);
        _optimizerBytes = optimizer.States.Values.Sum(state => state.Values.ByteCount);
        _averageBytes = recipe.Train.AverageDecay > 0 ? _task.Model.Parameters.Trained.ByteCount : 0;
        _batchBytes = ClipFeed.BatchBytes(recipe, _task.Clips, recipe.Train.BatchSize);
        if (evaluates)
        {
            _batchBytes += ClipFeed.BatchBytes(recipe, _task.Clips, recipe.Evaluate.BatchSize);
            _evaluationBytes = _task.EvaluationBytes(recipe.Evaluate.BatchSize);
        }

        if (!device.AddressesHostMemory)
        {
            // What the loader holds is the host's; the device has the batch of the step under way, and room for the next to arrive.
            _hostBatchBytes = _batchBytes;
            _batchBytes = 2L * recipe.Train.BatchSize * _task.Clips.PixelBytes;
            _evaluationBytes += evaluates ? recipe.Evaluate.BatchSize * _task.Clips.PixelBytes : 0;
        }
    }

    /// <summary>Whether also what reaches no loss is computed.</summary>
    public bool ComputesAllRows
    {
        init => _task.Model.SkipsUnreadRows = !value;
    }

    /// <summary>What is planned for.</summary>
    public DeviceDescription Device => _device.Description;

    /// <summary>Blocks of all transformers.</summary>
    public int BlockCount => _task.Model.BlockStacks.Sum(stack => stack.BlockCount);

    /// <summary>Parts in which a rank's batch is computed, for the plans that follow; those of the recipe, or 1.</summary>
    public int PartCount
    {
        get => _partCount;
        set => _partCount = value > 0 && _share % value == 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected a divisor of a rank's batch of {_share} clips.");
    }

    /// <summary>Every number of parts that a rank's batch can be cut into, from 1 to its clips.</summary>
    public IEnumerable<int> PartCounts => Enumerable.Range(1, _share).Where(parts => _share % parts == 0);

    /// <summary>The plan with so many recomputed blocks of each transformer.</summary>
    /// <param name="counts">A number for each of the model's transformers.</param>
    public MemoryPlan With(ReadOnlySpan<int> counts)
    {
        for (int i = 0; i < counts.Length; i++)
        {
            _task.Model.BlockStacks[i].RecomputedCount = counts[i];
        }

        _device.ResetCounters();
        using Tape tape = new(_device);
        using BatchGradients gradients = new(_task, tape, _measurements, _partCount);
        gradients.Add(_step, _batch.Tensors);
        return new MemoryPlan
        {
            Stacks = [.. _task.Model.BlockStacks.Select(stack => (stack.Name, stack.BlockCount, stack.RecomputedCount))],
            PartCount = _partCount,
            BatchSize = _rankCount * _share,
            RankCount = _rankCount,
            ParameterBytes = _rankCount * _task.Model.Parameters.ParameterBytes,
            GradientBytes = _rankCount * _task.Model.Parameters.Gradients.ByteCount,
            OptimizerBytes = _rankCount * _optimizerBytes,
            AverageBytes = _averageBytes,
            BatchBytes = _batchBytes,
            HostBatchBytes = _hostBatchBytes,
            EvaluationBytes = _evaluationBytes,
            StepBytes = _rankCount * tape.Arena.PeakBytes,
            FeatureBytes = _rankCount * gradients.HeldBytes,
            ScratchBytes = _rankCount * _device.WorkspaceBytes,
            StepFlops = _rankCount * (_device.FlopCount + gradients.UncountedFlops),
        };
    }

    /// <summary>The best plan with so many recomputed blocks in all.</summary>
    public MemoryPlan With(int recomputedCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(recomputedCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(recomputedCount, BlockCount);
        MemoryPlan? best = null;
        foreach (int[] counts in Shares(recomputedCount, [.. _task.Model.BlockStacks.Select(stack => stack.BlockCount)]))
        {
            MemoryPlan plan = With(counts);
            if (best is null || (plan.StepBytes, plan.StepFlops).CompareTo((best.StepBytes, best.StepFlops)) < 0)
            {
                best = plan;
            }
        }

        return best!;
    }

    /// <summary>The best plan for every number of recomputed blocks, from none to all.</summary>
    public IReadOnlyList<MemoryPlan> Table() => [.. Enumerable.Range(0, BlockCount + 1).Select(With)];

    /// <summary>The plan without recomputed blocks for every number of parts, from one.</summary>
    public IReadOnlyList<MemoryPlan> PartTable()
    {
        List<MemoryPlan> plans = [];
        foreach (int parts in PartCounts)
        {
            PartCount = parts;
            plans.Add(With(0));
        }

        return plans;
    }

    /// <summary>The plan with the fewest recomputed blocks that stays within a budget; null where not even all of them do.</summary>
    public MemoryPlan? Smallest(long budgetBytes)
    {
        for (int count = 0; count <= BlockCount; count++)
        {
            MemoryPlan plan = With(count);
            if (plan.TotalBytes <= budgetBytes)
            {
                return plan;
            }
        }

        return null;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _measurements.Dispose();
        _batch.Dispose();
        _task.Dispose();
    }

    /// <summary>All ways to share a number out among bins that hold so many each.</summary>
    private static IEnumerable<int[]> Shares(int number, int[] bins)
    {
        if (bins.Length == 0)
        {
            yield return [];
            yield break;
        }

        int others = bins[1..].Sum();
        for (int first = Math.Max(0, number - others); first <= Math.Min(number, bins[0]); first++)
        {
            if (bins.Length == 1)
            {
                yield return [first];
                continue;
            }

            foreach (int[] rest in Shares(number - first, bins[1..]))
            {
                yield return [first, .. rest];
            }
        }
    }
}
