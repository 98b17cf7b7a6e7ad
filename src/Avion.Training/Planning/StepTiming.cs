using System.Diagnostics;

namespace Avion.Training;

/// <summary>Times the training step of a model on made-up clips on any device, as training gives steps:
/// without waiting between them.</summary>
public static class StepTiming
{
    private const int WarmSteps = 3;

    /// <summary>What a training takes on a device: weights, gradients, optimizer, activations and batches, in bytes, from shapes
    /// alone.</summary>
    /// <param name="recipe">Task, model, batch size and optimizer.</param>
    /// <param name="description">The device, which need not be there.</param>
    public static long PlanBytes(Recipe recipe, DeviceDescription description) => Plan(recipe, description).TotalBytes;

    /// <summary>Runs steps.</summary>
    /// <param name="recipe">Task, model, batch size and optimizer.</param>
    /// <param name="device">Where.</param>
    /// <param name="steps">Measured steps, after some that warm up.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public static StepRate Measure(Recipe recipe, Device device, int steps, CancellationToken cancellation = default)
    {
        long bytes = Plan(recipe, device.Description).StepBytesOfRank;
        using TrainingTask task = Create(recipe, device);
        using Optimizer optimizer = Optimizer.Create(recipe.Optimizer, task.Model.Parameters, device);
        using SyntheticBatch batch = task.CreateSyntheticBatch(recipe.Train.BatchSize);
        using TrainStep step = new(task, optimizer, recipe.Optimizer.ClipGradientNorm, new SingleRank(device), bytes);
        double loss = double.NaN;
        for (int i = 0; i < WarmSteps; i++)
        {
            Run(i);
        }

        device.Synchronize();
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < steps; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Run(WarmSteps + i);
        }

        device.Synchronize();
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds / steps;
        loss = step.TryFlush(out StepResult last) ? last.Loss : loss;
        return new StepRate(recipe.Train.BatchSize, seconds, StepFlops.Of(recipe).Needed, bytes, loss);

        // At a thousandth of the rate, so that noise does not drive the parameters away.
        void Run(int number)
        {
            step.Run(batch, new StepContext { Seed = recipe.Train.Seed, Step = number },
                new StepSettings(recipe.Optimizer.LearningRate * 1e-3));
            loss = step.TryTake(out StepResult taken) ? taken.Loss : loss;
        }
    }

    private static TrainingTask Create(Recipe recipe, Device device) =>
        TrainingTasks.Of(recipe).Create(TaskSetup.ForMeasuring(recipe, device));

    /// <summary>Without recomputed blocks, in one part.</summary>
    private static MemoryPlan Plan(Recipe recipe, DeviceDescription description)
    {
        using MemoryPlanner planner = new(recipe, description, evaluates: false) { PartCount = 1 };
        return planner.With(0);
    }
}

/// <summary>The rate of a training step on a device.</summary>
/// <param name="BatchSize">Clips of a step.</param>
/// <param name="Seconds">Of a step, many of them after each other.</param>
/// <param name="Flops">Operations that the model's forward and backward pass need; what is done twice counts once.</param>
/// <param name="ActivationBytes">Step-scoped memory.</param>
/// <param name="Loss">Of the last step.</param>
public sealed record StepRate(int BatchSize, double Seconds, long Flops, long ActivationBytes, double Loss)
{
    /// <summary>Clips that are trained in a second.</summary>
    public double ClipsPerSecond => BatchSize / Seconds;

    /// <summary>10¹² operations of the model in a second.</summary>
    public double TeraflopsPerSecond => Flops / Seconds / 1e12;
}
