namespace Avion.Training;

/// <summary>Whether a run's loss went where no training wants it.</summary>
/// <remarks>A run has diverged when its last step was not finite, or when the mean of its last finite losses is more than
/// 3·|first| + 1, where first is the mean of its first ones; of both the ten outermost count, of fewer than twenty steps half. A warm step
/// allocates nothing here.</remarks>
internal sealed class LossTrend
{
    private const int Window = 10;
    private const double LargestRatio = 3, Margin = 1;

    private readonly double[] _first = new double[Window], _last = new double[Window];
    private int _firstCount;
    private long _lastCount;
    private bool _endsFinite = true;

    /// <summary>The first finite losses of the whole run, for one that goes on.</summary>
    public IReadOnlyList<double> First => _first[.._firstCount];

    /// <summary>Goes on where a run was.</summary>
    public void Restore(CheckpointState state)
    {
        _firstCount = Math.Min(state.FirstLosses.Count, Window);
        for (int loss = 0; loss < _firstCount; loss++)
        {
            _first[loss] = state.FirstLosses[loss];
        }
    }

    /// <summary>A step is done.</summary>
    public void Add(StepResult result)
    {
        _endsFinite = result.IsFinite;
        if (!result.IsFinite)
        {
            return;
        }

        if (_firstCount < Window)
        {
            _first[_firstCount++] = result.Loss;
        }

        _last[_lastCount++ % Window] = result.Loss;
    }

    /// <summary>Why the run has diverged, as sentences; null where it has not.</summary>
    public string? Divergence
    {
        get
        {
            const string Advice = "Start again with a smaller optimizer.learning_rate or with optimizer.clip_gradient_norm=1.";
            if (!_endsFinite)
            {
                return $"Training diverged: the loss or the gradients of its last step are not finite. {Advice}";
            }

            int count = (int)Math.Min(Math.Min(_firstCount, _lastCount), Window);
            count = _lastCount < 2 * Window ? Math.Max(1, count / 2) : count;
            if (_firstCount < 2 || _lastCount < 1)
            {
                return null;
            }

            double first = Mean(_first, 0, count), last = Mean(_last, _lastCount - count, count);
            return last <= (LargestRatio * Math.Abs(first)) + Margin ? null : string.Create(CultureInfo.InvariantCulture,
                $"Training diverged: the mean loss of the last {count} steps is {last:G4}, of the first {count} it was {first:G4}. "
                + $"Its last weights are of little use. {Advice}");
        }
    }

    private static double Mean(double[] losses, long from, int count)
    {
        double sum = 0;
        for (int loss = 0; loss < count; loss++)
        {
            sum += losses[(from + loss) % Window];
        }

        return sum / count;
    }
}
