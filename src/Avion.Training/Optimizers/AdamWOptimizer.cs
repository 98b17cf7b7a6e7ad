using System;
using System.Collections.Generic;
using Avion.Compute;
using Avion.Training.Recipes;

namespace Avion.Training.Optimizers;

/// <summary>Adam with decoupled weight decay.</summary>
/// <remarks>Source: Loshchilov and Hutter 2019, algorithm 2 (arXiv:1711.05101), with bias-corrected moments.</remarks>
public sealed class AdamWOptimizer : Optimizer
{
    private readonly OptimizerRecipe _recipe;
    private readonly Device _device;
    private readonly ParameterStore _parameters;
    private readonly ParameterStore _firstMoment;
    private readonly ParameterStore _secondMoment;
    private readonly UpdateRange[] _ranges;

    public AdamWOptimizer(OptimizerRecipe recipe, ParameterStore parameters, Device device)
    {
        (_recipe, _parameters, _device) = (recipe, parameters, device);
        _firstMoment = NewState(parameters, device);
        _secondMoment = NewState(parameters, device);
        _ranges = UpdateRanges.Of(parameters, recipe.WeightDecay);
        States = new Dictionary<string, ParameterStore> { ["first_moment"] = _firstMoment, ["second_moment"] = _secondMoment };
    }

    public override IReadOnlyDictionary<string, ParameterStore> States { get; }

    public override void Step(double learningRate, double gradientScale)
    {
        StepCount++;
        foreach (ref UpdateRange range in _ranges.AsSpan())
        {
            range = range with { LearningRate = (float)learningRate };
        }

        AdamW.Step(
            _device, _parameters.Values, _parameters.Gradients, _firstMoment.Values, _secondMoment.Values, _ranges,
            new AdamWSettings(_recipe.Beta1, _recipe.Beta2, _recipe.Epsilon, StepCount, gradientScale));
    }

    public override void Dispose()
    {
        _firstMoment.Dispose();
        _secondMoment.Dispose();
    }
}
