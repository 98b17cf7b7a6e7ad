namespace Avion.Peers;

/// <summary>Adds up the time of an operation's kernel calls.</summary>
internal sealed class OperationClock : IOperationTrace
{
    // What a session reads inputs and hands gradients over with.
    private const string OfSession = "Add.";

    private readonly Stack<(bool Counts, ProcessClock Clock)> _open = new();

    public Duration Total { get; private set; }

    public void Reset() => Total = default;

    public void Begin(string operation, long flops, long bytes) =>
        _open.Push((!operation.StartsWith(OfSession, StringComparison.Ordinal), ProcessClock.Start()));

    public void End()
    {
        (bool counts, ProcessClock clock) = _open.Pop();
        if (counts)
        {
            Duration call = clock.Elapsed();
            Total = new Duration(Total.Milliseconds + call.Milliseconds, Total.ProcessorMilliseconds + call.ProcessorMilliseconds);
        }
    }

    public void BeginPhase(string name)
    {
    }

    public void EndPhase()
    {
    }
}
