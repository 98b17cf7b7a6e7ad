using System.Diagnostics;

namespace Avion.Compute;

/// <summary>Keeps every kernel call of a device, to be written as a time line or added up as a table.</summary>
/// <remarks>
/// Set it as <see cref="Device.Trace"/>. Costs two clock readings a call; memory grows with the number of calls up to a limit, beyond
/// which calls are counted but not kept. For a device that one thread drives.
/// </remarks>
public sealed class OperationTrace : IOperationTrace
{
    private readonly int _limit;
    private readonly Func<long> _clock;
    private readonly WorkerPool? _workers;
    private readonly Stack<(string Operation, long Flops, long Bytes, WorkerLoad Load, long Start)> _open = new();
    private readonly List<OperationEvent> _events = [];
    private readonly Stack<(string Name, long Start)> _openPhases = new();
    private readonly List<OperationPhase> _phases = [];

    /// <summary>Starts empty.</summary>
    /// <param name="limit">How many calls are kept at most; about 48 bytes each.</param>
    /// <param name="clock">What to read instead of the time of day, in ticks of <see cref="Stopwatch"/>, such as processor time.</param>
    /// <param name="workers">Whose time without work is kept with each call; null for nobody's.</param>
    public OperationTrace(int limit = 1_000_000, Func<long>? clock = null, WorkerPool? workers = null)
    {
        _limit = limit;
        _workers = workers;
        _clock = clock ?? Stopwatch.GetTimestamp;
    }

    /// <summary>The calls, in the order in which they ended.</summary>
    public IReadOnlyList<OperationEvent> Events => _events;

    /// <summary>Workers whose time without work is kept; 0 where it is not.</summary>
    public int WorkerCount => _workers?.WorkerCount ?? 0;

    /// <summary>The parts of steps around the calls, in the order in which they ended: an inner one before the one around it.</summary>
    public IReadOnlyList<OperationPhase> Phases => _phases;

    /// <summary>How many calls came after the limit.</summary>
    public long DroppedCount { get; private set; }

    /// <inheritdoc />
    public void Begin(string operation, long flops, long bytes)
    {
        WorkerLoad load = default;
        if (_workers is not null)
        {
            _workers.MeasuresLoad = true;
            load = _workers.Load;
        }

        _open.Push((operation, flops, bytes, load, _clock()));
    }

    /// <inheritdoc />
    public void End()
    {
        long now = _clock();
        (string operation, long flops, long bytes, WorkerLoad before, long start) = _open.Pop();
        WorkerLoad load = default;
        if (_workers is not null)
        {
            load = _workers.Load.Since(before);
            _workers.MeasuresLoad = _open.Count > 0;
        }

        if (_events.Count < _limit)
        {
            long idle = _workers is null ? 0 : load.IdleTicks(now - start, _workers.WorkerCount);
            _events.Add(new OperationEvent(operation, start, now - start, flops, bytes, idle, load.ChunkCount));
        }
        else
        {
            DroppedCount++;
        }
    }

    /// <inheritdoc />
    public void BeginPhase(string name) => _openPhases.Push((name, _clock()));

    /// <inheritdoc />
    public void EndPhase()
    {
        (string name, long start) = _openPhases.Pop();
        _phases.Add(new OperationPhase(name, start, _clock() - start));
    }

    /// <summary>Forgets all calls and keeps the memory.</summary>
    public void Clear()
    {
        _events.Clear();
        _phases.Clear();
        DroppedCount = 0;
    }

    /// <summary>The calls added up by operation, the longest first.</summary>
    public IReadOnlyList<OperationTotal> Totals()
    {
        Dictionary<string, OperationTotal> totals = new(StringComparer.Ordinal);
        foreach (OperationEvent call in _events)
        {
            OperationTotal total = totals.GetValueOrDefault(call.Operation, new OperationTotal(call.Operation, 0, 0, 0, 0));
            totals[call.Operation] = new OperationTotal(call.Operation, total.Calls + 1,
                total.Seconds + Stopwatch.GetElapsedTime(0, call.DurationTicks).TotalSeconds, total.Flops + call.Flops,
                total.Bytes + call.Bytes, total.IdleSeconds + Stopwatch.GetElapsedTime(0, call.IdleTicks).TotalSeconds,
                total.ChunkCount + call.ChunkCount);
        }

        List<OperationTotal> sorted = [.. totals.Values];
        sorted.Sort((a, b) => b.Seconds.CompareTo(a.Seconds));
        return sorted;
    }
}
