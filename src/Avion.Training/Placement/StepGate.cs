namespace Avion.Training;

/// <summary>Tells the other ranks what rank 0 decides between the steps: whether there is a next step, and where its clips come
/// from.</summary>
/// <remarks>So no rank begins a step that rank 0 will not take, and all wait here while it evaluates or saves.</remarks>
internal sealed class StepGate
{
    private readonly object _gate = new();
    private long _lastStep = -1;
    private bool _isOver;
    private ClipLoader? _loader;

    /// <summary>Makes a gate that closes when a rank fails.</summary>
    public StepGate(CancellationToken failed) => failed.UnsafeRegister(static gate => ((StepGate)gate!).Close(), this);

    /// <summary>The loader of the steps that were allowed.</summary>
    public ClipLoader Loader => _loader ?? throw new InvalidOperationException("No step was allowed yet. This is a bug in Avion.");

    /// <summary>All ranks take a step, whose clips the loader has.</summary>
    public void Allow(long step, ClipLoader loader)
    {
        lock (_gate)
        {
            (_lastStep, _loader) = (step, loader);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>No more steps come.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isOver = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until it is decided whether a step is taken.</summary>
    public bool WaitFor(long step)
    {
        lock (_gate)
        {
            while (_lastStep < step && !_isOver)
            {
                Monitor.Wait(_gate);
            }

            return _lastStep >= step;
        }
    }
}
