namespace Avion.Compute;

/// <summary>One kernel call that a trace saw.</summary>
/// <param name="Operation">Name, such as "LayerNorm.Forward".</param>
/// <param name="StartTicks">When it began, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</param>
/// <param name="DurationTicks">How long it ran, in the same ticks.</param>
/// <param name="Flops">Operations that the contract states.</param>
/// <param name="Bytes">Bytes of memory traffic that the contract states.</param>
/// <param name="IdleTicks">How long workers had nothing to do meanwhile, all of them together; 0 where that is not measured.</param>
/// <param name="ChunkCount">Chunks of shared work.</param>
public readonly record struct OperationEvent(string Operation, long StartTicks, long DurationTicks, long Flops, long Bytes,
    long IdleTicks = 0, long ChunkCount = 0);

/// <summary>A part of a step that a trace saw, such as the backward pass; parts nest.</summary>
/// <param name="Name">Name, such as "backward".</param>
/// <param name="StartTicks">When it began, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</param>
/// <param name="DurationTicks">How long it lasted, in the same ticks.</param>
public readonly record struct OperationPhase(string Name, long StartTicks, long DurationTicks);

/// <summary>The calls of one operation taken together.</summary>
/// <param name="Operation">Name.</param>
/// <param name="Calls">Number of calls.</param>
/// <param name="Seconds">Time in all calls.</param>
/// <param name="Flops">Operations in all calls.</param>
/// <param name="Bytes">Memory traffic in all calls.</param>
/// <param name="IdleSeconds">Time without work in all calls, all workers together.</param>
/// <param name="ChunkCount">Chunks of shared work in all calls.</param>
public readonly record struct OperationTotal(string Operation, long Calls, double Seconds, long Flops, long Bytes,
    double IdleSeconds = 0, long ChunkCount = 0)
{
    /// <summary>10⁹ operations per second.</summary>
    public double GigaflopsPerSecond => Seconds > 0 ? Flops / Seconds / 1e9 : 0;

    /// <summary>10⁹ bytes per second.</summary>
    public double GigabytesPerSecond => Seconds > 0 ? Bytes / Seconds / 1e9 : 0;
}
