using System.Runtime.InteropServices;

namespace Avion.Dashboard;

/// <summary>What a run's log has told so far, kept by curve so that long logs stay small in memory.</summary>
/// <remarks>Lines are taken one by one in file order. As in <see cref="RunLogContents.Effective"/>, a line of kind <c>resumed</c> voids
/// what lies beyond its step.</remarks>
internal sealed class RunHistory
{
    private readonly Dictionary<string, Curve> _curves = [];
    private readonly List<RunLogEntry> _notes = [];
    private readonly Dictionary<string, string> _labels = [];
    private MetricTitles? _titles;

    /// <summary>Numbers of training steps by name, in the order in which names first came.</summary>
    public IReadOnlyDictionary<string, Curve> Curves => _curves;

    /// <summary>All lines but those of steps.</summary>
    public IReadOnlyList<RunLogEntry> Notes => _notes;

    /// <summary>The newest value of each label of the lines <c>started</c>, <c>resumed</c> and <c>setup</c>.</summary>
    public IReadOnlyDictionary<string, string> Labels => _labels;

    /// <summary>What the labels call the metrics.</summary>
    public MetricTitles Titles => _titles ??= MetricTitles.Of(_labels);

    /// <summary>The first line that counts; null before there is one.</summary>
    public RunLogEntry? First { get; private set; }

    /// <summary>The newest line.</summary>
    public RunLogEntry? Last { get; private set; }

    /// <summary>The history that a whole log tells.</summary>
    public static RunHistory Of(RunLogContents log)
    {
        RunHistory history = new();
        foreach (RunLogEntry entry in log.Entries)
        {
            history.Add(entry);
        }

        return history;
    }

    /// <summary>Lines of one kind.</summary>
    public IEnumerable<RunLogEntry> Of(RunLogKind kind) => _notes.Where(note => note.Kind == kind);

    /// <summary>The newest value of a line <c>started</c>, <c>resumed</c> or <c>setup</c>; null where none has it.</summary>
    public double? StartValue(string name)
    {
        for (int i = _notes.Count - 1; i >= 0; i--)
        {
            if (_notes[i].Kind is RunLogKind.Started or RunLogKind.Resumed or RunLogKind.Setup
                && _notes[i].Values.TryGetValue(name, out double value))
            {
                return double.IsFinite(value) ? value : null;
            }
        }

        return null;
    }

    /// <summary>Mean of the newest finite values of a curve; null where there is none.</summary>
    public double? Recent(string name, int count = 1) => _curves.GetValueOrDefault(name)?.RecentMean(count);

    /// <summary>Takes the next line.</summary>
    public void Add(RunLogEntry entry)
    {
        if (entry.Kind == RunLogKind.Resumed)
        {
            _notes.RemoveAll(note => note.Step > entry.Step);
            foreach (Curve curve in _curves.Values)
            {
                curve.CutAfter(entry.Step);
            }
        }

        First ??= entry;
        Last = entry;
        if (entry.Kind == RunLogKind.Step)
        {
            foreach ((string name, double value) in entry.Values)
            {
                ref Curve? curve = ref CollectionsMarshal.GetValueRefOrAddDefault(_curves, name, out _);
                (curve ??= new Curve()).Add(entry.Step, entry.Time, value);
            }

            return;
        }

        _notes.Add(entry);
        if (entry.Kind is RunLogKind.Started or RunLogKind.Resumed or RunLogKind.Setup)
        {
            foreach ((string name, string value) in entry.Labels)
            {
                _labels[name] = value;
            }

            _titles = null;
        }
    }
}

/// <summary>One number of the training steps over the run.</summary>
internal sealed class Curve
{
    private readonly List<double> _steps = [], _seconds = [], _values = [];
    private DateTimeOffset _origin;

    /// <summary>Steps completed at each point.</summary>
    public ReadOnlySpan<double> Steps => CollectionsMarshal.AsSpan(_steps);

    /// <summary>Seconds of each point since the first one.</summary>
    public ReadOnlySpan<double> Seconds => CollectionsMarshal.AsSpan(_seconds);

    /// <summary>The number; it may be not finite.</summary>
    public ReadOnlySpan<double> Values => CollectionsMarshal.AsSpan(_values);

    /// <summary>Mean of the newest finite values; null where there is none.</summary>
    public double? RecentMean(int count)
    {
        double sum = 0;
        int taken = 0;
        for (int i = _values.Count - 1; i >= 0 && taken < count; i--)
        {
            if (double.IsFinite(_values[i]))
            {
                sum += _values[i];
                taken++;
            }
        }

        return taken == 0 ? null : sum / taken;
    }

    public void Add(long step, DateTimeOffset time, double value)
    {
        _origin = _steps.Count == 0 ? time : _origin;
        _steps.Add(step);
        _seconds.Add((time - _origin).TotalSeconds);
        _values.Add(value);
    }

    /// <summary>Leaves out the points beyond a step.</summary>
    public void CutAfter(long step)
    {
        // Points may lie in any order of steps only where a log was put together by hand; then all that lie beyond go, wherever they are.
        for (int i = _steps.Count - 1; i >= 0; i--)
        {
            if (_steps[i] > step)
            {
                _steps.RemoveAt(i);
                _seconds.RemoveAt(i);
                _values.RemoveAt(i);
            }
        }
    }
}
