namespace Avion.Training;

/// <summary>What a run needs from the program that starts it; none of it changes losses or weights.</summary>
public sealed record TrainingOptions
{
    /// <summary>Receives progress; silent by default.</summary>
    public ITrainingObserver Observer { get; init; } = new SilentObserver();

    /// <summary>Data to use instead of what the recipe's data section names.</summary>
    public TrainingData? Data { get; init; }

    /// <summary>Compute threads; 0: one per processor.</summary>
    public int ComputeThreads { get; init; }

    /// <summary>Steps whose kernel calls are traced; null for none, which costs nothing.</summary>
    public StepTraceOptions? Trace { get; init; }

    /// <summary>Clock, for tests.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
