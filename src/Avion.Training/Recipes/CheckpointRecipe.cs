namespace Avion.Training;

/// <summary>When checkpoints are written and how many stay (keys <c>checkpoint.*</c>).</summary>
public sealed record CheckpointRecipe
{
    public int EverySteps { get; init; }

    public double EverySeconds { get; init; } = 600;

    public int Keep { get; init; } = 2;

    internal static IEnumerable<RecipeKey> Keys
    {
        get
        {
            RecipeSection<CheckpointRecipe> checkpoint = new("checkpoint.", r => r.Checkpoint, (r, s) => r with { Checkpoint = s });
            yield return checkpoint.Integer("every_steps", "Save every so many steps; 0: by time only.", 0, 1_000_000_000,
                s => s.EverySteps, (s, v) => s with { EverySteps = (int)v }).WithoutEffectOnResult();
            yield return checkpoint.Number("every_seconds", "Save when the last checkpoint is so old; 0: by steps only.",
                NumberRange.AtLeast(0), s => s.EverySeconds, (s, v) => s with { EverySeconds = v }).WithoutEffectOnResult();
            yield return checkpoint.Integer("keep", "Newest checkpoints that stay, besides the best one.", 1, 1_000_000,
                s => s.Keep, (s, v) => s with { Keep = (int)v }).WithoutEffectOnResult();
        }
    }
}
