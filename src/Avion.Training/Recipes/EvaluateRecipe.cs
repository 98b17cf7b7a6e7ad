namespace Avion.Training;

/// <summary>When and how the model is evaluated (keys <c>evaluate.*</c>).</summary>
public sealed record EvaluateRecipe
{
    public int EveryEpochs { get; init; } = 1;

    public bool BeforeTraining { get; init; }

    public int BatchSize { get; init; } = 16;

    /// <summary>One of the task's metrics; nothing where it has none.</summary>
    public string BestMetric { get; init; } = "";

    internal static IEnumerable<RecipeKey> Keys
    {
        get
        {
            RecipeSection<EvaluateRecipe> evaluate = new("evaluate.", r => r.Evaluate, (r, s) => r with { Evaluate = s });
            yield return evaluate.Integer("every_epochs", "Evaluate after every so many epochs; 0: after the last one only.", 0, 1_000_000,
                s => s.EveryEpochs, (s, v) => s with { EveryEpochs = (int)v }).WithoutEffectOnResult();
            yield return evaluate.Boolean("before_training", "Evaluate the first weights too.",
                s => s.BeforeTraining, (s, v) => s with { BeforeTraining = v }).WithoutEffectOnResult();
            yield return evaluate.Integer("batch_size", "Clips per evaluation batch.", 1, 1 << 20,
                s => s.BatchSize, (s, v) => s with { BatchSize = (int)v }).WithoutEffectOnResult();
        }
    }

    /// <summary>The key whose values the task decides.</summary>
    internal static IEnumerable<RecipeKey> KeysOf(TaskKind task) => task.Metrics.Count == 0 ? [] :
    [
        new RecipeSection<EvaluateRecipe>("evaluate.", r => r.Evaluate, (r, s) => r with { Evaluate = s }).Choice(
            "best_metric", "Metric that decides which checkpoint `best` names.", [.. task.Metrics.Select(metric => metric.Name)],
            s => s.BestMetric, (s, v) => s with { BestMetric = v }).WithoutEffectOnResult(),
    ];
}
