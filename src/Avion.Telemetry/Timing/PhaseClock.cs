namespace Avion.Telemetry;

/// <summary>Adds up the time that one thread spends in named phases: waiting for data, forward, backward, and so on.</summary>
/// <remarks>
/// <code>
/// var clock = new PhaseClock(["data", "forward"]);
/// using (clock.Measure(0)) { … }
/// </code>
/// Spans do not nest. Not thread-safe. Measuring allocates nothing.
/// </remarks>
public sealed class PhaseClock
{
    private readonly TimeProvider _time;
    private readonly string[] _names;
    private readonly long[] _ticks;
    private long _start;

    public PhaseClock(ReadOnlySpan<string> names, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _names = names.ToArray();
        _ticks = new long[names.Length];
        _start = _time.GetTimestamp();
    }

    public IReadOnlyList<string> Names => _names;

    /// <summary>Seconds since construction or the last <see cref="Reset"/>, inside and outside of phases.</summary>
    public double ElapsedSeconds => Seconds(_time.GetTimestamp() - _start);

    /// <summary>Seconds spent in a phase since the last <see cref="Reset"/>, completed spans only.</summary>
    public double PhaseSeconds(int phase) => Seconds(_ticks[phase]);

    /// <summary>The phase's share of <see cref="ElapsedSeconds"/>, 0 to 1.</summary>
    public double Share(int phase)
    {
        double elapsed = ElapsedSeconds;
        return elapsed > 0 ? Math.Min(1, PhaseSeconds(phase) / elapsed) : 0;
    }

    public Span Measure(int phase) => new(this, phase, _time.GetTimestamp());

    public void Reset()
    {
        Array.Clear(_ticks);
        _start = _time.GetTimestamp();
    }

    private double Seconds(long ticks) => (double)ticks / _time.TimestampFrequency;

    /// <summary>A running measurement; disposing ends it.</summary>
    public readonly ref struct Span
    {
        private readonly PhaseClock _clock;
        private readonly int _phase;
        private readonly long _start;

        internal Span(PhaseClock clock, int phase, long start) => (_clock, _phase, _start) = (clock, phase, start);

        public void Dispose() => _clock._ticks[_phase] += _clock._time.GetTimestamp() - _start;
    }
}
