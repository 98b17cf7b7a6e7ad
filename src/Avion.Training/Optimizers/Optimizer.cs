using System;
using System.Collections.Generic;
using Avion.Compute;
using Avion.Training.Recipes;

namespace Avion.Training.Optimizers;

/// <summary>Turns gradients into new parameter values, over flat memory.</summary>
public abstract class Optimizer : IDisposable
{
    /// <summary>Updates done; part of what a checkpoint holds.</summary>
    public long StepCount { get; internal set; }

    /// <summary>The states, by the name that a checkpoint gives them; each has a slice for every parameter.</summary>
    public abstract IReadOnlyDictionary<string, ParameterStore> States { get; }

    /// <summary>Updates all parameters that are not frozen.</summary>
    /// <param name="learningRate">This step's rate.</param>
    /// <param name="gradientScale">Factor on the gradients: 1, or less where they are clipped.</param>
    public abstract void Step(double learningRate, double gradientScale);

    public abstract void Dispose();

    /// <summary>Makes the optimizer that a recipe asks for.</summary>
    public static Optimizer Create(OptimizerRecipe recipe, ParameterStore parameters, Device device) => recipe.Kind switch
    {
        "adamw" => new AdamWOptimizer(recipe, parameters, device),
        string kind => throw new ArgumentException($"optimizer.kind is '{kind}', expected adamw.", nameof(recipe)),
    };

    /// <summary>Zeroed memory with the layout of the parameters.</summary>
    private protected static ParameterStore NewState(ParameterStore parameters, Device device)
    {
        var state = new ParameterStore();
        foreach (Parameter parameter in parameters.Parameters)
        {
            state.Add(parameter.Name, parameter.Shape);
        }

        state.Allocate(device, withGradients: false);
        return state;
    }
}
