namespace Avion.Compute;

/// <summary>Receives the begin and end of every kernel call of a device.</summary>
public interface IOperationTrace
{
    /// <summary>A kernel call begins.</summary>
    void Begin(string operation, long flops, long bytes);

    /// <summary>The kernel call that began last ends.</summary>
    void End();

    /// <summary>A part of a step begins, within the part that began last.</summary>
    void BeginPhase(string name);

    /// <summary>The part that began last ends.</summary>
    void EndPhase();
}

/// <summary>Ends the span of a kernel call when disposed.</summary>
public readonly ref struct OperationScope
{
    private readonly IOperationTrace? _trace;

    internal OperationScope(IOperationTrace? trace) => _trace = trace;

    /// <summary>Ends the span.</summary>
    public void Dispose() => _trace?.End();
}

/// <summary>Ends a part of a step when disposed.</summary>
public readonly ref struct PhaseScope
{
    private readonly IOperationTrace? _trace;

    internal PhaseScope(IOperationTrace? trace) => _trace = trace;

    /// <summary>Ends the part.</summary>
    public void Dispose() => _trace?.EndPhase();
}
