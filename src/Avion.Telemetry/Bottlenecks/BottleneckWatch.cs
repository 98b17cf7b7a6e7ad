namespace Avion.Telemetry;

/// <summary>Watches what bounds a training while it goes on, and tells when that changes: seldom, and only for what lasts.</summary>
/// <remarks>
/// Time is gathered into windows of a minute of training. The first is told; after it a change is told when two windows after each other
/// say the same of it, and five minutes of training after what was told last at the earliest. Adding allocates nothing.
/// </remarks>
public sealed class BottleneckWatch
{
    private const double WindowSeconds = 60, QuietSeconds = 300;

    private Sums _window, _whole;
    private Bottleneck _candidate;
    private double _sinceTold;

    /// <summary>What was told last.</summary>
    public Bottleneck Told { get; private set; }

    /// <summary>The shares of the newest whole window.</summary>
    public LoadShares Recent { get; private set; } = new(double.NaN);

    /// <summary>The shares of all time that was added.</summary>
    public LoadShares Whole => _whole.Mean;

    /// <summary>Adds what was measured over some seconds of training.</summary>
    /// <returns>Whether <see cref="Told"/> changed and is to be told.</returns>
    public bool Add(double seconds, in LoadShares shares)
    {
        if (!(seconds > 0) || double.IsNaN(shares.Waiting))
        {
            return false;
        }

        _window.Add(seconds, shares);
        _whole.Add(seconds, shares);
        _sinceTold += seconds;
        if (_window.Seconds < WindowSeconds)
        {
            return false;
        }

        Recent = _window.Mean;
        _window = default;
        Bottleneck now = Recent.Judge(Told), before = _candidate;
        _candidate = now;
        bool isChange = now != Told && (Told == Bottleneck.Unknown || (now == before && _sinceTold >= QuietSeconds));
        if (isChange)
        {
            (Told, _sinceTold) = (now, 0);
        }

        return isChange;
    }

    private struct Sums
    {
        private double _waiting, _decoding, _reading;

        public double Seconds { get; private set; }

        public readonly LoadShares Mean => new(_waiting / Seconds, _decoding / Seconds, _reading / Seconds);

        public void Add(double seconds, in LoadShares shares)
        {
            Seconds += seconds;
            _waiting += seconds * shares.Waiting;
            _decoding += seconds * shares.Decoding;
            _reading += seconds * shares.Reading;
        }
    }
}
