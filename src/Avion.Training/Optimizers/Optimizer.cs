namespace Avion.Training;

/// <summary>Turns gradients into new parameter values, over flat memory.</summary>
public abstract class Optimizer : IDisposable
{
    /// <summary>Takes zeroed memory for the states and divides the parameters into ranges.</summary>
    private protected Optimizer(OptimizerRecipe recipe, ParameterStore parameters, Device device, params ReadOnlySpan<string> stateNames)
    {
        (Recipe, Parameters, Device) = (recipe, parameters, device);
        Ranges = new UpdateTable(device, UpdateRanges.Of(parameters, recipe.WeightDecay, recipe.LayerDecay));
        Block = new StepBlock(device);
        Dictionary<string, FlatBuffer> states = new();
        foreach (string name in stateNames)
        {
            states.Add(name, new FlatBuffer(device, parameters.TrainedLayout, device.AccumulationType));
        }

        States = states;
    }

    /// <summary>The scalars that an update reads on the device: learning rate, factor of the gradients, number of the update.</summary>
    public StepBlock Block { get; }

    /// <summary>Updates done; part of what a checkpoint holds. Reading it waits for the device.</summary>
    public long StepCount
    {
        get => Block.Read().UpdateCount;
        internal set => Block.Write(Block.Read() with { UpdateCount = value });
    }

    /// <summary>The states, by the name that a checkpoint gives them; each has a slice for every parameter that is trained.</summary>
    public IReadOnlyDictionary<string, FlatBuffer> States { get; }

    private protected OptimizerRecipe Recipe { get; }

    private protected ParameterStore Parameters { get; }

    private protected Device Device { get; }

    /// <summary>Updates all parameters that are not frozen as <see cref="Block"/> says; none where the step is not finite.</summary>
    public void Step()
    {
        Update();
        Parameters.RefreshValues();
    }

    /// <summary>Returns the memory of the states.</summary>
    public void Dispose()
    {
        Block.Dispose();
        Ranges.Dispose();
        foreach (FlatBuffer state in States.Values)
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

    private protected UpdateTable Ranges { get; }

    /// <summary>Updates the master copy.</summary>
    private protected abstract void Update();
}
