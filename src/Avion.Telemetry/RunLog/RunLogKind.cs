namespace Avion.Telemetry;

/// <summary>What a line of the run log tells.</summary>
public enum RunLogKind
{
    /// <summary>A kind written by a newer version; its fields are readable all the same.</summary>
    Unknown,

    /// <summary>The first line of a new run: schema version, recipe name and hash, seed.</summary>
    Started,

    /// <summary>The run continues from a checkpoint. Earlier lines with a larger step are void: those steps are done again.</summary>
    Resumed,

    /// <summary>Numbers of training steps, averaged since the last such line.</summary>
    Step,

    /// <summary>Numbers of an evaluation.</summary>
    Evaluation,

    /// <summary>A checkpoint was completed.</summary>
    Checkpoint,

    /// <summary>Something the user should know that did not stop the run.</summary>
    Warning,

    /// <summary>The run ended, and why.</summary>
    Ended,

    /// <summary>What a new run begins with: clips, parameters, operations of a step,
    /// and what its first weights gave to the model.</summary>
    Setup,

    /// <summary>What bounds the run: when that changes, and at the end for the whole run.</summary>
    Verdict,
}

/// <summary>The names of <see cref="RunLogKind"/> in the file.</summary>
internal static class RunLogKindNames
{
    private static readonly string[] s_names =
        ["unknown", "started", "resumed", "step", "evaluation", "checkpoint", "warning", "ended", "setup", "verdict"];

    public static string Of(RunLogKind kind) => s_names[(int)kind];

    public static RunLogKind Parse(string name) => (RunLogKind)Math.Max(0, Array.IndexOf(s_names, name));
}
