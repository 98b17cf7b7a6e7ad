namespace Avion.Training;

/// <summary>The sign of an interpolated momentum, with decoupled weight decay: half the memory of Adam.</summary>
/// <remarks>Source: Chen et al. 2023, algorithm 2 (arXiv:2302.06675), which advises a rate 3 to 10
/// times smaller than Adam's and as much more decay.</remarks>
public sealed class LionOptimizer(OptimizerRecipe recipe, ParameterStore parameters, Device device)
    : Optimizer(recipe, parameters, device, Momentum)
{
    private const string Momentum = "momentum";

    /// <inheritdoc />
    private protected override void Update() => Lion.Step(
        Device, Parameters.Trained, Parameters.Gradients, States[Momentum].Values, Ranges,
        new LionSettings(Recipe.Beta1, Recipe.Beta2), Block.Memory);
}
