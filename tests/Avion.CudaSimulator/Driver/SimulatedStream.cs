using System.Diagnostics;

namespace Avion.CudaSimulator;

/// <summary>Work in order, done when somebody waits for it.</summary>
internal sealed class SimulatedStream(SimulatedDevice device)
{
    private readonly Queue<Action> _pending = new();
    private bool _isRunning;

    public SimulatedDevice Device => device;

    public bool IsIdle => _pending.Count == 0;

    /// <summary>The capture that notes this stream's work, or null.</summary>
    public Capture? Capture { get; set; }

    /// <summary>What the stream's next captured work comes behind.</summary>
    public List<GraphNode> Tail { get; set; } = [];

    /// <summary>Gives work to the stream, or to the capture that notes it.</summary>
    public void Submit(Action work)
    {
        if (Capture is not { } capture)
        {
            _pending.Enqueue(work);
            return;
        }

        capture.Check();
        GraphNode node = new(work, [.. Tail]);
        capture.Nodes.Add(node);
        Tail = [node];
    }

    /// <summary>Does the oldest piece of work.</summary>
    /// <exception cref="NotReadyException">It needs what the host of another device has not asked for yet; it stays the oldest.</exception>
    public void RunOne()
    {
        if (_isRunning)
        {
            throw new NotReadyException();
        }

        bool isDone = true;
        _isRunning = true;
        try
        {
            _pending.Peek()();
        }
        catch (NotReadyException)
        {
            isDone = false;
            throw;
        }
        finally
        {
            _isRunning = false;
            if (isDone)
            {
                _pending.Dequeue();
            }
        }
    }

    public void Record(SimulatedEvent signal)
    {
        if (Capture is { } capture)
        {
            capture.Check();
            signal.Captured = (capture, [.. Tail]);
            return;
        }

        signal.Captured = null;
        signal.Stream = this;
        long version = ++signal.Recorded;
        _pending.Enqueue(() => signal.Reach(version));
    }

    public void WaitFor(SimulatedEvent signal)
    {
        if (signal.Captured is { } point)
        {
            if (Capture is not null && Capture != point.Capture)
            {
                throw new DriverError(ErrorCodes.CaptureIsolation, "the event belongs to another capture");
            }

            if (Capture is null)
            {
                (Capture, Tail) = (point.Capture, []);
                point.Capture.Streams.Add(this);
            }

            Tail = [.. Tail.Union(point.Nodes)];
            return;
        }

        if (Capture is { } capture)
        {
            capture.IsInvalid = true;
            throw new DriverError(ErrorCodes.CaptureIsolation, "the event was recorded outside the capture");
        }

        long version = signal.Recorded;
        _pending.Enqueue(() => signal.RunUntil(version));
    }
}

/// <summary>A point in a stream's work.</summary>
internal sealed class SimulatedEvent
{
    public SimulatedStream? Stream { get; set; }

    public long Recorded { get; set; }

    public long Done { get; set; }

    /// <summary>Whether it notes when it was reached.</summary>
    public bool TakesTime { get; init; }

    /// <summary>When it was reached last: the simulator's time, which tells nothing of a device's.</summary>
    public long Timestamp { get; private set; }

    public (Capture Capture, List<GraphNode> Nodes)? Captured { get; set; }

    public void Reach(long version) => (Done, Timestamp) = (Math.Max(Done, version), Stopwatch.GetTimestamp());

    public void RunUntil(long version)
    {
        while (Done < version)
        {
            Stream!.RunOne();
        }
    }
}

/// <summary>Work of a graph and what must be done before it.</summary>
internal sealed record GraphNode(Action Work, List<GraphNode> Needs);

/// <summary>Streams whose work is noted.</summary>
/// <param name="origin">The stream in which it began.</param>
/// <param name="thread">The thread whose calls are refused where they cannot be captured; null: those of all threads are.</param>
internal sealed class Capture(SimulatedStream origin, int? thread)
{
    public bool Refuses => thread is null || thread == Environment.CurrentManagedThreadId;

    public List<GraphNode> Nodes { get; } = [];

    public HashSet<SimulatedStream> Streams { get; } = [origin];

    public bool IsInvalid { get; set; }

    public void Check()
    {
        if (IsInvalid)
        {
            throw new DriverError(ErrorCodes.CaptureInvalidated, "the capture was broken by an earlier call");
        }
    }

    /// <summary>Ends the capture; all streams that joined it must have come back to the one it began in.</summary>
    public SimulatedGraph End(SimulatedStream stream)
    {
        if (stream != origin)
        {
            throw new DriverError(ErrorCodes.CaptureUnmatched, "the capture began in another stream");
        }

        HashSet<GraphNode> joined = new(ReferenceEqualityComparer.Instance);
        Stack<GraphNode> open = new(origin.Tail);
        while (open.TryPop(out GraphNode? node))
        {
            if (joined.Add(node))
            {
                node.Needs.ForEach(open.Push);
            }
        }

        bool isJoined = Streams.All(member => member.Tail.TrueForAll(joined.Contains));
        foreach (SimulatedStream member in Streams)
        {
            (member.Capture, member.Tail) = (null, []);
        }

        Check();
        return isJoined ? new SimulatedGraph(Nodes)
            : throw new DriverError(ErrorCodes.CaptureUnjoined, "the first stream did not wait for all work of the others");
    }
}

/// <summary>Work that was noted; done in the order that is least like the one it was noted in.</summary>
internal sealed record SimulatedGraph(List<GraphNode> Nodes)
{
    /// <summary>One launch; called again, it goes on where it could not.</summary>
    public Action Start()
    {
        HashSet<GraphNode> done = new(ReferenceEqualityComparer.Instance);
        List<GraphNode> left = [.. Nodes];
        return () =>
        {
            while (left.Count > 0)
            {
                int last = left.FindLastIndex(node => node.Needs.TrueForAll(done.Contains));
                left[last].Work();
                done.Add(left[last]);
                left.RemoveAt(last);
            }
        };
    }
}

/// <summary>Work cannot be done yet: it waits for another device, whose host has not come so far.</summary>
internal sealed class NotReadyException : Exception;
