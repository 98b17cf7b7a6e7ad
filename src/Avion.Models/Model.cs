namespace Avion.Models;

/// <summary>What all models are: named parameters on a device, and a description that a checkpoint carries.</summary>
public abstract class Model : IDisposable
{
    protected Model(Device device) => Device = device;

    /// <summary>Where the parameters live and the model runs.</summary>
    public Device Device { get; }

    /// <summary>All parameters, under their published names.</summary>
    public ParameterStore Parameters { get; } = new();

    /// <summary>The model's kind and configuration, complete enough to build it again.</summary>
    public abstract ModelArchitecture Architecture { get; }

    /// <summary>The model's transformers, in the order in which a step runs them.</summary>
    public abstract IReadOnlyList<BlockStack> BlockStacks { get; }

    /// <summary>Whether backward runs every block again instead of keeping what is inside: less memory, more time. See
    /// <see cref="BlockStack"/> for some blocks.</summary>
    public bool RecomputesBlocks
    {
        get => BlockStacks.All(stack => stack.RecomputedCount == stack.BlockCount);
        set
        {
            foreach (BlockStack stack in BlockStacks)
            {
                stack.RecomputedCount = value ? stack.BlockCount : 0;
            }
        }
    }

    /// <summary>Whether what cannot reach the result is left out, as it is unless this is set to
    /// false to count or check what that saves.</summary>
    /// <remarks>Rows of the last block that nobody reads, and predictions of tokens that the loss does not count.</remarks>
    public virtual bool SkipsUnreadRows { get; set; } = true;

    /// <summary>Takes memory for the parameters declared, which ends declaring.</summary>
    /// <param name="withGradients">False for evaluation alone, which saves half the memory.</param>
    /// <param name="freezes">Whether the parameter of a name is left as it is: it takes no memory for gradient and optimizer.</param>
    protected void AllocateParameters(bool withGradients, Func<string, bool>? freezes = null)
    {
        foreach (Parameter parameter in Parameters.Parameters)
        {
            parameter.IsFrozen |= freezes?.Invoke(parameter.Name) ?? false;
        }

        Parameters.Allocate(Device, withGradients);
    }

    /// <summary>Ends declaring: takes memory for all parameters and draws their first values from a seed and their names.</summary>
    private protected void Initialize(ParameterDeclarations declarations, ulong seed, bool withGradients, Func<string, bool>? freezes,
        Action<ParameterDeclarations>? declares)
    {
        declares?.Invoke(declarations);
        AllocateParameters(withGradients, freezes);
        declarations.Initialize(Device, seed);
    }

    /// <summary>Returns the memory of the parameters.</summary>
    public virtual void Dispose() => Parameters.Dispose();
}
