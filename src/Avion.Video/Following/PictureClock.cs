namespace Avion.Video;

/// <summary>Turns the timestamps of a recording into seconds from its first picture that only rise.</summary>
/// <remarks>Encoders that start again, and counters that run over, set a clock back; one that is set right jumps ahead. Time then goes on
/// from the picture before.</remarks>
internal sealed class PictureClock(double tickSeconds)
{
    // Back by less is a picture out of order; ahead by less is a time in which nothing was recorded.
    private const double SetBackSeconds = 1, SetAheadSeconds = 3600;

    private long? _first;
    private double _offset, _last = double.NegativeInfinity;

    /// <summary>Seconds of a picture; null for one that is out of order.</summary>
    /// <param name="timestamp">In ticks.</param>
    /// <param name="pictureSeconds">How long a picture is shown.</param>
    public double? SecondsOf(long timestamp, double pictureSeconds)
    {
        _first ??= timestamp;
        double seconds = ((timestamp - _first.Value) * tickSeconds) + _offset;
        if (seconds < _last - SetBackSeconds || (seconds > _last + SetAheadSeconds && _last >= 0))
        {
            _offset += _last + pictureSeconds - seconds;
            seconds = _last + pictureSeconds;
        }

        if (seconds <= _last)
        {
            return null;
        }

        _last = seconds;
        return seconds;
    }
}
