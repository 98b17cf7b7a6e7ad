namespace Avion.Training;

/// <summary>One rank of a training: its task's model on a device, the model's optimizer, and the step that they take together.</summary>
public sealed class TrainingRank : IDisposable
{
    /// <summary>Makes optimizer and step of a task.</summary>
    /// <param name="task">What is trained; disposed with the rank.</param>
    /// <param name="memory">Which blocks are recomputed, in how many parts a batch comes, and how much memory a step takes.</param>
    /// <param name="communicator">The ranks that train together.</param>
    public TrainingRank(TrainingTask task, MemoryPlan memory, Communicator communicator)
    {
        OptimizerRecipe recipe = task.Setup.Recipe.Optimizer;
        Task = task;
        memory.ApplyTo(task.Model);
        Optimizer = Optimizer.Create(recipe, task.Model.Parameters, Device);
        Average = task.Setup.Recipe.Train.AverageDecay is > 0 and double decay && communicator.Rank == 0
            ? new WeightAverage(task.Model, decay)
            : null;
        Step = new TrainStep(task, Optimizer, recipe.ClipGradientNorm, communicator, memory.StepBytesOfRank, memory.PartCount,
            Average, task.Setup.Recipe.Train.CapturesSteps);
    }

    /// <summary>What is trained.</summary>
    public TrainingTask Task { get; }

    /// <summary>Where the rank computes.</summary>
    public Device Device => Task.Model.Device;

    /// <summary>How gradients become updates.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The average of the weights, which rank 0 keeps for all; null for none.</summary>
    public WeightAverage? Average { get; }

    /// <summary>What the rank does with a batch.</summary>
    public TrainStep Step { get; }

    /// <summary>Gives a step on a batch of the loader to the device.</summary>
    /// <param name="batch">The clips; to be kept until the step's result is taken.</param>
    /// <param name="step">Steps of the run before this one.</param>
    /// <param name="settings">What the schedule decides.</param>
    public void Run(ClipBatch batch, long step, in StepSettings settings)
    {
        StepContext context = new()
        {
            Seed = Task.Setup.Recipe.Train.Seed, Step = step, Epoch = batch.Position.Epoch, StepInEpoch = batch.Position.Step,
        };
        Step.Run(batch, context, settings);
    }

    /// <summary>Writes the task's and the optimizer's state into a checkpoint under construction.</summary>
    public void Save(string folder)
    {
        Task.Save(folder);
        Average?.Save(folder);
        OptimizerFile.Save(Path.Combine(folder, CheckpointStore.OptimizerFile), Optimizer, Device);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public void Load(LoadedCheckpoint checkpoint)
    {
        Average?.Load(checkpoint.Folder);
        Task.Load(checkpoint.Folder);
        OptimizerFile.Load(checkpoint.OptimizerPath, Optimizer, Device);
    }

    /// <summary>Frees model, optimizer states and the step's memory.</summary>
    public void Dispose()
    {
        Step.Dispose();
        Average?.Dispose();
        Optimizer.Dispose();
        Task.Dispose();
    }
}
