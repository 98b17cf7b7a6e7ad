namespace Avion.Training;

/// <summary>When and how the model is evaluated (keys <c>evaluate.*</c>).</summary>
public sealed record EvaluateRecipe
{
    public int EveryEpochs { get; init; } = 1;

    public bool BeforeTraining { get; init; }

    public int BatchSize { get; init; } = 16;

    public string Weights { get; init; } = "trained";

    /// <summary>Whether the average of the weights is evaluated in their place.</summary>
    public bool TakesAverage => Weights == "average";

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
            yield return evaluate.Choice("weights", "What is evaluated: the weights as trained, or their average (train.average_decay).",
                ["trained", "average"], s => s.Weights, (s, v) => s with { Weights = v }).WithoutEffectOnResult();
        }
    }

    internal IEnumerable<string> Contradictions(TrainRecipe train)
    {
        if (TakesAverage && train.AverageDecay == 0)
        {
            yield return "evaluate.weights is average, but train.average_decay is 0, so no average is kept.";
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
            yield return evaluate.Integer("temporal_views", "Times of each clip at which it is evaluated, evenly spaced; "
                + "answers are averaged.",
                1, 100, s => s.TemporalViews, (s, v) => s with { TemporalViews = (int)v }).WithoutEffectOnResult();
            yield return evaluate.Integer("spatial_views", "Square crops along the frame's long side at which each clip is evaluated; 1: "
                + "the centre.", 1, 100, s => s.SpatialViews, (s, v) => s with { SpatialViews = (int)v }).WithoutEffectOnResult();
        }
    }
}
