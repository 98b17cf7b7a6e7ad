namespace Avion.Training;

/// <summary>Steps that changed nothing because their loss or gradients were not finite; too many of the last hundred stop a run.</summary>
/// <remarks>
/// Such a step is a step of the run: its clips are over, and the schedule goes on. It is none of the optimizer: weights, moments, the count
/// of updates and the average of the weights are as before. A warm step that is finite allocates nothing here.
/// </remarks>
/// <param name="recipe">How many are allowed.</param>
/// <param name="plan">The order of the samples, for their names.</param>
/// <param name="clips">The samples.</param>
internal sealed class SkippedSteps(Recipe recipe, BatchPlan plan, IClipDataset clips)
{
    /// <summary>Steps among which skipped ones are counted.</summary>
    public const int Window = 100;

    private const int NamedClips = 4, ToldLosses = 5;

    private readonly double[] _losses = new double[ToldLosses];
    private List<long> _recent = [];
    private long _lossCount;
    private bool _hadUpdates;

    /// <summary>Skipped steps of the whole run.</summary>
    public long Count { get; private set; }

    /// <summary>Whether any step of the run changed something.</summary>
    public bool HasUpdated => _hadUpdates || _lossCount > 0;

    /// <summary>Those of the last hundred, for a run that goes on.</summary>
    public IReadOnlyList<long> Recent => [.. _recent];

    /// <summary>Goes on where a run was.</summary>
    public void Restore(CheckpointState state) =>
        (Count, _recent, _hadUpdates) = (state.SkippedSteps, [.. state.RecentSkippedSteps], state.Step > state.SkippedSteps);

    /// <summary>A step was finite.</summary>
    public void AddFinite(double loss) => _losses[_lossCount++ % ToldLosses] = loss;

    /// <summary>A step was not: what to tell of it.</summary>
    /// <param name="issued">The step.</param>
    /// <param name="result">What it found.</param>
    public string Add(in IssuedStep issued, StepResult result)
    {
        long step = issued.Step;
        Count++;
        _recent.RemoveAll(earlier => earlier <= step - Window);
        _recent.Add(step);
        RunPosition at = issued.Batch.Position;
        return string.Create(CultureInfo.InvariantCulture,
            $"Step {step} (step {at.Step} of epoch {at.Epoch}) changed nothing: its loss is {result.Loss} and the norm of its gradients "
            + $"{result.GradientNorm}, expected finite numbers; learning rate {issued.LearningRate:G3}; clips {NamesOf(at)}.");
    }

    /// <summary>Why the run stops, or null where it goes on.</summary>
    /// <param name="last">What <see cref="Add"/> told of the last skipped step.</param>
    /// <param name="newest">The newest checkpoint, or null.</param>
    public string? ReasonToStop(string last, string? newest)
    {
        if (_recent.Count <= recipe.Train.MaximumSkippedSteps)
        {
            return null;
        }

        string losses = _lossCount == 0
            ? "No step before had a finite loss"
            : "The last finite losses are "
                + string.Join(", ", LastLosses().Select(loss => loss.ToString("G5", CultureInfo.InvariantCulture)));
        return $"Training stopped: {_recent.Count} of the last {Window} steps had a loss or gradients that are not finite, more than "
            + $"train.maximum_skipped_steps={recipe.Train.MaximumSkippedSteps} allows. {last} {losses}. "
            + (newest is null ? "No checkpoint was saved. " : $"Checkpoint {newest} holds finite weights from before. ")
            + "Start again with a smaller optimizer.learning_rate, or with optimizer.clip_gradient_norm=1; where it is always the same "
            + "clips, look at those.";
    }

    private IEnumerable<double> LastLosses()
    {
        for (long i = Math.Max(0, _lossCount - ToldLosses); i < _lossCount; i++)
        {
            yield return _losses[i % ToldLosses];
        }
    }

    private string NamesOf(RunPosition at)
    {
        int count = plan.WorldSize * plan.ClipCount(at.Step), named = Math.Min(NamedClips, count);
        IEnumerable<string> names = Enumerable.Range(0, named).Select(
            place => clips.Describe(plan.ForRank(place % plan.WorldSize).KeyAt(at, place / plan.WorldSize)));
        return string.Join(", ", names) + (count > named ? $" and {count - named} more" : "");
    }
}
