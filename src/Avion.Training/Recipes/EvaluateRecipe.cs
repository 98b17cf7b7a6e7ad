namespace Avion.Training;

/// <summary>When and how the model is evaluated (keys <c>evaluate.*</c>).</summary>
public sealed record EvaluateRecipe
{
    public int EveryEpochs { get; init; } = 1;

    public bool BeforeTraining { get; init; }

    public int BatchSize { get; init; } = 16;

    public int TemporalViews { get; init; } = 1;

    public int SpatialViews { get; init; } = 1;

    /// <summary>Samples that the validation set has of each clip, next to each other: V·S.</summary>
    public int ViewsPerClip => TemporalViews * SpatialViews;

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

    /// <summary>The keys that depend on the task.</summary>
    internal static IEnumerable<RecipeKey> KeysOf(TaskKind task)
    {
        RecipeSection<EvaluateRecipe> evaluate = new("evaluate.", r => r.Evaluate, (r, s) => r with { Evaluate = s });
        if (task.Metrics.Count > 0)
        {
            yield return evaluate.Choice("best_metric", "Metric that decides which checkpoint `best` names.",
                [.. task.Metrics.Select(metric => metric.Name)], s => s.BestMetric, (s, v) => s with { BestMetric = v })
                .WithoutEffectOnResult();
        }

        if (task.AveragesViews)
        {
            yield return evaluate.Integer("temporal_views", "Times of each clip at which it is evaluated, evenly spaced; answers are averaged.",
                1, 100, s => s.TemporalViews, (s, v) => s with { TemporalViews = (int)v }).WithoutEffectOnResult();
            yield return evaluate.Integer("spatial_views", "Square crops along the frame's long side at which each clip is evaluated; 1: the "
                + "centre.", 1, 100, s => s.SpatialViews, (s, v) => s with { SpatialViews = (int)v }).WithoutEffectOnResult();
        }
    }
}
