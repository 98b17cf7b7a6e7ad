namespace Avion.Training;

/// <summary>Adam with decoupled weight decay.</summary>
/// <remarks>Source: Loshchilov and Hutter 2019, algorithm 2 (arXiv:1711.05101), with bias-corrected moments.</remarks>
public sealed class AdamWOptimizer(OptimizerRecipe recipe, ParameterStore parameters, Device device)
    : Optimizer(recipe, parameters, device, FirstMoment, SecondMoment)
{
    private const string FirstMoment = "first_moment", SecondMoment = "second_moment";

    /// <inheritdoc />
    private protected override void Update() => AdamW.Step(
        Device, Parameters.Trained, Parameters.Gradients, States[FirstMoment].Values, States[SecondMoment].Values, Ranges,
        new AdamWSettings(Recipe.Beta1, Recipe.Beta2, Recipe.Epsilon), Block.Memory);
}
