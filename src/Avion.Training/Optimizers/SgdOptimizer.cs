namespace Avion.Training;

/// <summary>Stochastic gradient descent with momentum, and weight decay as a part of the gradient.</summary>
/// <remarks>Source: Sutskever et al. 2013, equations 1 and 2, with the rate outside the velocity.</remarks>
public sealed class SgdOptimizer(OptimizerRecipe recipe, ParameterStore parameters, Device device)
    : Optimizer(recipe, parameters, device, Velocity)
{
    private const string Velocity = "velocity";

    /// <inheritdoc />
    private protected override void Update() => Sgd.Step(
        Device, Parameters.Trained, Parameters.Gradients, States[Velocity].Values, Ranges, new SgdSettings(Recipe.Momentum), Block.Memory);
}
