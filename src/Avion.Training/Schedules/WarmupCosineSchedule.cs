namespace Avion.Training;

/// <summary>Linear warm-up to a peak, then half a cosine towards an end value.</summary>
/// <remarks>
/// W = floor(warmupEpochs · stepsPerEpoch), K = epochs · stepsPerEpoch - W.
/// Warm-up step i &lt; W: start + i · (peak - start) / (W - 1). Later, k = i - W: end + ½ (peak - end)(1 + cos(π k / K)).
/// As in the reference the warm-up includes the peak, so the peak is used twice in a row, and the end value is never quite reached.
/// The variant that reaches its end has warm-up step i: start + i · (peak - start) / W, and K - 1 in place of K: the peak once, at step W,
/// and the end at the last step.
/// Source: SGDR, Loshchilov and Hutter 2017, equation 5 (arXiv:1608.03983), one period.
/// </remarks>
public sealed class WarmupCosineSchedule : ILearningRateSchedule
{
    private readonly double _peak;
    private readonly double _end;
    private readonly double _start;
    private readonly long _warmupSteps;
    private readonly long _cosineSteps;
    private readonly bool _reachesEnd;

    /// <param name="peak">Rate at the end of the warm-up.</param>
    /// <param name="end">Rate that the cosine falls towards.</param>
    /// <param name="epochs">Epochs of the run.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch.</param>
    /// <param name="warmupEpochs">Length of the warm-up.</param>
    /// <param name="start">Rate of the first step, where there is a warm-up.</param>
    /// <param name="reachesEnd">Whether the last step has the end rate.</param>
    public WarmupCosineSchedule(
        double peak, double end, int epochs, long stepsPerEpoch, double warmupEpochs = 0, double start = 0,
        bool reachesEnd = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epochs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stepsPerEpoch);
        ArgumentOutOfRangeException.ThrowIfNegative(warmupEpochs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(warmupEpochs, epochs);
        (_peak, _end, _start, _reachesEnd) = (peak, end, start, reachesEnd);
        _warmupSteps = (long)(warmupEpochs * stepsPerEpoch);
        _cosineSteps = (epochs * stepsPerEpoch) - _warmupSteps;
    }

    public double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < _warmupSteps)
        {
            return _reachesEnd ? _start + (step * ((_peak - _start) / _warmupSteps))
                : step == 0 ? _start
                : step == _warmupSteps - 1 ? _peak
                : _start + (step * ((_peak - _start) / (_warmupSteps - 1)));
        }

        if (_cosineSteps == 0)
        {
            return _peak;
        }

        long k = Math.Min(step - _warmupSteps, _cosineSteps - 1), length = _reachesEnd ? Math.Max(1, _cosineSteps - 1) : _cosineSteps;
        return _reachesEnd && k == length ? _end : _end + (0.5 * (_peak - _end) * (1 + Math.Cos(Math.PI * k / length)));
    }
}
