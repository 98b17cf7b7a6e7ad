namespace Avion.Training;

/// <summary>How the learning rate changes over the run (keys <c>schedule.*</c>).</summary>
public sealed record ScheduleRecipe
{
    public string Kind { get; init; } = "cosine";

    public double WarmupEpochs { get; init; } = 1;

    public double StartLearningRate { get; init; } = 1e-6;

    public double EndLearningRate { get; init; } = 1e-5;

    public bool ReachesEnd { get; init; }

    internal static IEnumerable<RecipeKey> Keys
    {
        get
        {
            RecipeSection<ScheduleRecipe> schedule = new("schedule.", r => r.Schedule, (r, s) => r with { Schedule = s });
            yield return schedule.Choice("kind", "Shape: cosine has a linear warm-up, constant has none.", ["cosine", "constant"],
                s => s.Kind, (s, v) => s with { Kind = v });
            yield return schedule.Number("warmup_epochs", "Length of the warm-up.", NumberRange.AtLeast(0),
                s => s.WarmupEpochs, (s, v) => s with { WarmupEpochs = v });
            yield return schedule.Number("start_learning_rate", "Rate of the first step of the warm-up.", NumberRange.AtLeast(0),
                s => s.StartLearningRate, (s, v) => s with { StartLearningRate = v });
            yield return schedule.Number("end_learning_rate", "Rate that the cosine falls towards.", NumberRange.AtLeast(0),
                s => s.EndLearningRate, (s, v) => s with { EndLearningRate = v });
            yield return schedule.Boolean("reaches_end", "Whether the last step has the end rate and one step alone the peak; false: as "
                + "published, which comes near the end rate and has the peak twice.", s => s.ReachesEnd,
                (s, v) => s with { ReachesEnd = v });
        }
    }

    internal IEnumerable<string> Contradictions(TrainRecipe train)
    {
        if (Kind == "cosine" && WarmupEpochs > train.Epochs)
        {
            yield return $"schedule.warmup_epochs is {RecipeText.Of(WarmupEpochs)}, expected at most train.epochs {train.Epochs}. "
                + "Train longer, or leave the warm-up out with --set schedule.warmup_epochs=0.";
        }
    }
}
