namespace Avion.Training;

/// <summary>Turns gradients into new parameter values, over flat memory.</summary>
public abstract class Optimizer : IDisposable
{
    private readonly UpdateRange[] _ranges;
    private readonly double[] _rateFactors;

    /// <summary>Takes zeroed memory for the states and divides the parameters into ranges.</summary>
    private protected Optimizer(OptimizerRecipe recipe, ParameterStore parameters, Device device, params ReadOnlySpan<string> stateNames)
    {
        (Recipe, Parameters, Device) = (recipe, parameters, device);
        (_ranges, _rateFactors) = UpdateRanges.Of(parameters, recipe.WeightDecay, recipe.LayerDecay);
        Dictionary<string, ParameterStore> states = new();
        foreach (string name in stateNames)
        {
            states.Add(name, NewState(parameters, device));
        }

        States = states;
    }

    /// <summary>Updates done; part of what a checkpoint holds.</summary>
    public long StepCount { get; internal set; }

    /// <summary>The states, by the name that a checkpoint gives them; each has a slice for every parameter.</summary>
    public IReadOnlyDictionary<string, ParameterStore> States { get; }

    private protected OptimizerRecipe Recipe { get; }

    private protected ParameterStore Parameters { get; }

    private protected Device Device { get; }

    /// <summary>Updates all parameters that are not frozen.</summary>
    /// <param name="learningRate">This step's rate.</param>
    /// <param name="gradientScale">Factor on the gradients: 1, or less where they are clipped.</param>
    public abstract void Step(double learningRate, double gradientScale);

    /// <summary>Returns the memory of the states.</summary>
    public void Dispose()
    {
        foreach (ParameterStore state in States.Values)
        {
            state.Dispose();
        }
    }

    /// <summary>Makes the optimizer that a recipe asks for.</summary>
    public static Optimizer Create(OptimizerRecipe recipe, ParameterStore parameters, Device device) => recipe.Kind switch
    {
        "adamw" => new AdamWOptimizer(recipe, parameters, device),
        "lion" => new LionOptimizer(recipe, parameters, device),
        "sgd" => new SgdOptimizer(recipe, parameters, device),
        string kind => throw new ArgumentException($"optimizer.kind is '{kind}', expected adamw, lion or sgd.", nameof(recipe)),
    };

    /// <summary>The ranges with the rates of a step.</summary>
    private protected ReadOnlySpan<UpdateRange> RangesAt(double learningRate)
    {
        for (int i = 0; i < _ranges.Length; i++)
        {
            _ranges[i] = _ranges[i] with { LearningRate = (float)(learningRate * _rateFactors[i]) };
        }

        return _ranges;
    }

    /// <summary>Zeroed memory with the layout of the parameters.</summary>
    private static ParameterStore NewState(ParameterStore parameters, Device device)
    {
        ParameterStore state = new();
        foreach (Parameter parameter in parameters.Parameters)
        {
            state.Add(parameter.Name, parameter.Shape);
        }

        state.Allocate(device, withGradients: false);
        return state;
    }
}
