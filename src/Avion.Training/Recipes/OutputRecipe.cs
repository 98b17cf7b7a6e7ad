namespace Avion.Training;

/// <summary>Where the run is written and how often (keys <c>output.*</c>).</summary>
public sealed record OutputRecipe
{
    public string Folder { get; init; } = "";

    public int LogEverySteps { get; init; } = 10;

    public bool TensorBoard { get; init; } = true;

    internal static IEnumerable<RecipeKey> Keys
    {
        get
        {
            RecipeSection<OutputRecipe> output = new("output.", r => r.Output, (r, s) => r with { Output = s });
            yield return output.Text("folder", "Run folder; empty: runs/NAME below the current folder.",
                s => s.Folder, (s, v) => s with { Folder = v }).WithoutEffectOnResult();
            yield return output.Integer("log_every_steps", "Write a log line every so many steps.", 1, 1_000_000,
                s => s.LogEverySteps, (s, v) => s with { LogEverySteps = (int)v }).WithoutEffectOnResult();
            yield return output.Boolean("tensorboard", "Write TensorBoard events too.",
                s => s.TensorBoard, (s, v) => s with { TensorBoard = v }).WithoutEffectOnResult();
        }
    }
}
