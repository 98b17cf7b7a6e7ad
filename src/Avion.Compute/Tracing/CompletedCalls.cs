namespace Avion.Compute;

/// <summary>Ends each kernel call of a trace when the device has done its work, where a device works behind its caller.</summary>
/// <remarks>So a trace of a GPU tells how long work takes, and not how long it takes to ask for it; steps are slower than untraced ones by what
/// the two would otherwise do at the same time.</remarks>
/// <param name="trace">What keeps the calls.</param>
/// <param name="device">Whose calls.</param>
public sealed class CompletedCalls(IOperationTrace trace, Device device) : IOperationTrace
{
    /// <inheritdoc />
    public void Begin(string operation, long flops, long bytes) => trace.Begin(operation, flops, bytes);

    /// <inheritdoc />
    public void End()
    {
        device.Synchronize();
        trace.End();
    }

    /// <inheritdoc />
    public void BeginPhase(string name) => trace.BeginPhase(name);

    /// <inheritdoc />
    public void EndPhase() => trace.EndPhase();
}
