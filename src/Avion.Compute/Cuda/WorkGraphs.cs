namespace Avion.Compute;

/// <summary>Parts of a step whose work on a GPU is captured once as a graph and then launched by one call; elsewhere the work is simply
/// done.</summary>
/// <remarks>
/// A key tells apart whatever decides which calls are made with which arguments: shapes and addresses. The first time that a key comes its
/// work is done call by call, so that kernels are loaded, libraries have chosen and memory has grown; the second time it is captured and
/// the graph launched. The graph is kept if both times made the same calls with the same arguments, which the device sums up in a number
/// (<see cref="CudaDevice.WorkDigest"/>), so a place of memory that moves, or a number that the host put into a call, is noticed and never
/// replayed. Scalars that change from step to step lie on the device (<see cref="StepBlock"/>). At most so many graphs are kept; the one
/// that was used longest ago goes first. Work in which ranks exchange something is done call by call, for their hosts agree on each exchange.
/// Warm calls allocate nothing.
/// </remarks>
/// <typeparam name="TKey">What tells work apart.</typeparam>
public sealed class WorkGraphs<TKey> : IDisposable where TKey : struct, IEquatable<TKey>
{
    private const int MostChanges = 3;

    private readonly CudaDevice? _cuda;
    private readonly int _capacity;
    private readonly Dictionary<TKey, Entry> _entries = [];
    private long _calls;

    /// <summary>Keeps graphs of a device.</summary>
    /// <param name="device">Where the work is done; it is captured on GPUs alone.</param>
    /// <param name="capacity">Graphs that are kept at most.</param>
    public WorkGraphs(Device device, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        (_cuda, _capacity) = (device as CudaDevice, capacity);
    }

    /// <summary>Whether work is captured; false does it call by call.</summary>
    public bool IsOn { get; init; } = true;

    /// <summary>Why work is not captured any more, as a sentence; null while it is.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Graphs that are kept now.</summary>
    public int GraphCount => _entries.Values.Count(entry => entry.Graph != 0);

    /// <summary>How often work was done call by call, captured, and replayed.</summary>
    public (long Launched, long Captured, long Replayed) Counts { get; private set; }

    /// <summary>Does work, or has the device do again what it did for the same key.</summary>
    /// <param name="key">What decides the calls that the work makes.</param>
    /// <param name="work">Gives work to the device; the host neither waits for it nor reads its results.</param>
    public WorkOutcome Run(in TKey key, Action work)
    {
        if (_cuda is not { Trace: null } || !IsOn || Refusal is not null)
        {
            work();
            Counts = Counts with { Launched = Counts.Launched + 1 };
            return WorkOutcome.Done;
        }

        Entry entry = EntryOf(key);
        entry.LastCall = ++_calls;
        if (entry.Graph != 0)
        {
            _cuda.Driver.LaunchGraph(entry.Graph, _cuda.Stream);
            _cuda.CountRepeated(entry.FlopCount, entry.KernelCount);
            Counts = Counts with { Replayed = Counts.Replayed + 1 };
            return WorkOutcome.Replayed;
        }

        if (entry is { IsKnown: true, Exchanges: false })
        {
            _cuda.WorkDigest = 0;
            return Capture(entry, work);
        }

        (_cuda.WorkDigest, long exchanges) = (0, _cuda.ExchangeCount);
        work();
        (entry.IsKnown, entry.Digest, entry.Exchanges) = (true, _cuda.WorkDigest, _cuda.ExchangeCount != exchanges);
        Counts = Counts with { Launched = Counts.Launched + 1 };
        return WorkOutcome.Done;
    }

    /// <summary>Returns the graphs.</summary>
    public void Dispose()
    {
        foreach (Entry entry in _entries.Values)
        {
            Free(entry);
        }

        _entries.Clear();
    }

    private WorkOutcome Capture(Entry entry, Action work)
    {
        CudaDriver driver = _cuda!.Driver;
        (long flops, long kernels) = (_cuda.FlopCount, _cuda.KernelCount);
        driver.BeginCapture(_cuda.Stream);
        try
        {
            work();
        }
        catch (Exception error)
        {
            if (driver.TryAbandonCapture(_cuda.Stream))
            {
                // The capture was whole: the work failed for a reason of its own.
                throw;
            }

            return Refuse(error);
        }

        nint graph;
        try
        {
            graph = driver.EndCapture(_cuda.Stream);
        }
        catch (CudaException error) when (error.IsOfCapture)
        {
            return Refuse(error);
        }

        driver.LaunchGraph(graph, _cuda.Stream);
        Counts = Counts with { Captured = Counts.Captured + 1 };
        if (entry.Digest == _cuda.WorkDigest)
        {
            (entry.Graph, entry.FlopCount, entry.KernelCount) = (graph, _cuda.FlopCount - flops, _cuda.KernelCount - kernels);
            return WorkOutcome.Done;
        }

        driver.DestroyGraph(graph);
        entry.Digest = _cuda.WorkDigest;
        if (++entry.ChangeCount > MostChanges)
        {
            Refusal = "A step cannot be replayed as a graph, so its work is given to the device call by call: "
                + "it makes other calls, or the same ones with other arguments, each time.";
        }

        return WorkOutcome.Done;
    }

    private WorkOutcome Refuse(Exception error)
    {
        Refusal = $"A step cannot be captured as a graph, so its work is given to the device call by call: {error.Message}";
        return WorkOutcome.Refused;
    }

    private Entry EntryOf(in TKey key)
    {
        if (_entries.TryGetValue(key, out Entry? known))
        {
            return known;
        }

        if (_entries.Count == _capacity)
        {
            (TKey oldest, Entry entry) = _entries.MinBy(pair => pair.Value.LastCall);
            Free(entry);
            _entries.Remove(oldest);
        }

        Entry added = new();
        _entries.Add(key, added);
        return added;
    }

    private void Free(Entry entry)
    {
        if (entry.Graph != 0)
        {
            // It may be under way still.
            _cuda!.Settle();
            _cuda.Driver.DestroyGraph(entry.Graph);
            entry.Graph = 0;
        }
    }

    private sealed class Entry
    {
        public nint Graph;
        public bool IsKnown;
        public bool Exchanges;
        public ulong Digest;
        public int ChangeCount;
        public long LastCall;
        public long FlopCount;
        public long KernelCount;
    }
}

/// <summary>What became of work that was to be done.</summary>
public enum WorkOutcome
{
    /// <summary>The host gave it to the device.</summary>
    Done,

    /// <summary>The device does again what it did; the host's part was left out.</summary>
    Replayed,

    /// <summary>It cannot be captured: the host's part was run, and nothing of it reached the device. It is to be prepared and run
    /// again.</summary>
    Refused,
}
