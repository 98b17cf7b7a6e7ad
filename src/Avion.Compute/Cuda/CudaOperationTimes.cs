namespace Avion.Compute;

/// <summary>Times every operation of a CUDA device by events on its stream, so that the host waits for nothing while it gives work.</summary>
/// <remarks>
/// Set it as <see cref="Device.Trace"/>. The time between two events is the device's alone as long as the host is ahead of it: give the
/// stream something long first. An operation within another has its own time, and is part of the other's.
/// </remarks>
internal sealed class CudaOperationTimes : IOperationTrace, IDisposable
{
    private readonly CudaDevice _device;
    private readonly List<(string Operation, long Flops, long Bytes, int Start, int End)> _calls = [];
    private readonly Stack<int> _open = new();
    private readonly List<nint> _events = [];
    private int _used;

    /// <summary>Times operations of a device.</summary>
    public CudaOperationTimes(CudaDevice device) => _device = device;

    /// <inheritdoc />
    public void Begin(string operation, long flops, long bytes)
    {
        _open.Push(_calls.Count);
        _calls.Add((operation, flops, bytes, Record(), -1));
    }

    /// <inheritdoc />
    public void End()
    {
        int call = _open.Pop();
        _calls[call] = _calls[call] with { End = Record() };
    }

    /// <inheritdoc />
    public void BeginPhase(string name)
    {
    }

    /// <inheritdoc />
    public void EndPhase()
    {
    }

    /// <summary>Waits for the device, gives the operations since the last call in the order in which they began, and forgets them.</summary>
    public IReadOnlyList<OperationTotal> Take()
    {
        _device.Synchronize();
        OperationTotal[] times = [.. _calls.Select(call => new OperationTotal(
            call.Operation, 1, _device.Driver.ElapsedSeconds(_events[call.Start], _events[call.End]), call.Flops, call.Bytes))];
        _calls.Clear();
        _used = 0;
        return times;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (nint signal in _events)
        {
            _device.Driver.DestroyEvent(signal);
        }
    }

    private int Record()
    {
        if (_used == _events.Count)
        {
            _events.Add(_device.Driver.CreateTimedEvent());
        }

        _device.Driver.RecordEvent(_events[_used], _device.Stream);
        return _used++;
    }
}
