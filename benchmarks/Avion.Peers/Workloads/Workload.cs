namespace Avion.Peers;

/// <summary>A piece of work that both sides do: what it is, in sizes alone.</summary>
/// <param name="Name">As the command line takes it.</param>
/// <param name="Title">As the table of docs/benchmarks.md shows it.</param>
public abstract record Workload(string Name, string Title)
{
    /// <summary>Whether activations and working weights are bfloat16 on both sides.</summary>
    public bool IsBFloat16 { get; init; }

    /// <summary>How many times as fast as the peer Avion is asked to be, by number of threads; a goal, whatever is measured.</summary>
    public IReadOnlyDictionary<int, double> Asked { get; init; } = new Dictionary<int, double>();
}

/// <summary>A training step: forward, backward, AdamW.</summary>
public abstract record StepWorkload(string Name, string Title) : Workload(Name, Title)
{
    /// <summary>Clips of a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The same where everything is float32.</summary>
    public StepWorkload InFloat32() => this with { IsBFloat16 = false };

    /// <summary>The recipe that says the same to Avion.</summary>
    public abstract Recipe Recipe();

    private protected Recipe RecipeOf(string task, params IEnumerable<string> overrides) => RecipeReader.Override(
        TrainingTasks.Find(task)!.NewRecipe() with { Name = Name },
        [
            .. overrides,
            $"train.batch_size={BatchSize}", "train.checkpoint_activations=false", "train.devices=cpu",
            "optimizer.kind=adamw", "optimizer.learning_rate=1e-6", "optimizer.weight_decay=0.01",
            .. IsBFloat16 ? (string[])["train.precision=bf16"] : [],
        ]);
}

/// <summary>One operation at one size, forward and backward.</summary>
/// <param name="Name">As the command line takes it.</param>
/// <param name="Title">As the table shows it.</param>
/// <param name="Operation">Avion's case of it.</param>
/// <param name="Size">Which of the case's sizes.</param>
public sealed record OperationWorkload(string Name, string Title, OpCase Operation, OpSize Size) : Workload(Name, Title);

/// <summary>The matrix products of a step alone, each as often as the step has it.</summary>
/// <param name="Name">As the command line takes it.</param>
/// <param name="Title">As the table shows it.</param>
/// <param name="Step">Whose products.</param>
public sealed record ProductsWorkload(string Name, string Title, StepWorkload Step) : Workload(Name, Title);
