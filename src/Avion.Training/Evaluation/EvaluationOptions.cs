namespace Avion.Training;

/// <summary>What an evaluation is asked for.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Changes of the recipe, such as <c>data.validation.videos=…</c>.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];

    /// <summary>A recipe for weights that carry none, or instead of the one that they carry; null for their own.</summary>
    public string? RecipePath { get; init; }

    /// <summary>The word of the one evaluator to run; empty for all that the recipe asks for.</summary>
    public string Evaluator { get; init; } = "";

    /// <summary>Takes what is found of each clip, for files; null for none.</summary>
    public EvaluationOutputs? Outputs { get; init; }

    /// <summary>Files that <see cref="Outputs"/> are to fill: refused before anything is decoded where no evaluator fills them.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>What computes; of several devices the first.</summary>
    public DeviceList Devices { get; init; } = DeviceList.Auto;

    /// <summary>What the program supplies.</summary>
    public TrainingOptions Training { get; init; } = new();
}
