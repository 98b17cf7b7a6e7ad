namespace Avion.Training;

/// <summary>What a run needs from the program that starts it; with the same matrix library none of it changes losses or weights.</summary>
public sealed record TrainingOptions
{
    /// <summary>Receives progress; silent by default.</summary>
    public ITrainingObserver Observer { get; init; } = new SilentObserver();

    /// <summary>Data to use instead of what the recipe's data section names.</summary>
    public TrainingData? Data { get; init; }

    /// <summary>Compute threads; 0: one per processor.</summary>
    public int ComputeThreads { get; init; }

    /// <summary>Matrix library; null: the one that a resumed run began with, else the best of the machine.</summary>
    public MatrixLibrary? Matrix { get; init; }

    /// <summary>Whether a run may go on with a matrix library or instructions that round otherwise than those it began with.</summary>
    public bool AllowsOtherArithmetic { get; init; }

    /// <summary>Whether a run of which no checkpoint is whole may begin again at step 0.</summary>
    public bool AllowsRestart { get; init; }

    /// <summary>Steps whose kernel calls are traced; null for none, which costs nothing.</summary>
    public StepTraceOptions? Trace { get; init; }

    /// <summary>What the program says of itself and its machine, for the log: see <see cref="RunLogLabels"/>.</summary>
    public IReadOnlyList<Label> Origin { get; init; } = [];

    /// <summary>Clock, for tests.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
