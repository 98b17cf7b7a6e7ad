namespace Avion.Training;

/// <summary>One optimizer step of a rank: gradients of a batch, summed over the ranks, clipped, applied.</summary>
/// <remarks>
/// The only place that knows what a step is: training runs it, the step benchmark times it, and planning and counting run its
/// <see cref="AddGradients"/> on a device that computes nothing. The host gives work to the device and reads results a step late, so that
/// neither waits for the other.
/// </remarks>
/// <param name="task">What is trained.</param>
/// <param name="optimizer">How gradients become updates.</param>
/// <param name="normBound">Bound of the norm of all gradients together; 0 for none.</param>
/// <param name="communicator">The ranks that step together.</param>
/// <param name="plannedBytes">Step-scoped memory found by planning, which is taken at once; 0 to grow on demand.</param>
public sealed class TrainStep(
    TrainingTask task, Optimizer optimizer, double normBound, Communicator communicator, long plannedBytes = 0) : IDisposable
{
    private readonly Device _device = task.Model.Device;
    private readonly StepMeasurements _measurements = new(task.Model.Device);
    private readonly SequenceTable _captions = new(task.Model.Device);

    /// <summary>Where the step computes.</summary>
    public Tape Tape { get; } = new(task.Model.Device, plannedBytes);

    /// <summary>Gives a step on a batch of the loader to the device.</summary>
    /// <param name="batch">The clips; to be kept until the step's result is taken.</param>
    /// <param name="context">Seed and position; the ranks are added here.</param>
    /// <param name="learningRate">The step's rate.</param>
    public void Run(ClipBatch batch, in StepContext context, double learningRate)
    {
        using PhaseScope phase = _device.Phase("step");
        Begin(context, learningRate);
        Run(BatchTensors.Of(batch, Tape, _captions));
    }

    /// <summary>Gives a step on made-up clips to the device.</summary>
    public void Run(SyntheticBatch batch, in StepContext context, double learningRate)
    {
        using PhaseScope phase = _device.Phase("step");
        Begin(context, learningRate);
        Run(batch.Tensors);
    }

    /// <summary>The result of the step before the last one that was given to the device; to be called after each step.</summary>
    public bool TryTake(out StepResult result) => _measurements.TryTake(communicator.RankCount, out result);

    /// <summary>The result of the last step, if it was not taken yet; waits for the device.</summary>
    public bool TryFlush(out StepResult result) => _measurements.TryFlush(communicator.RankCount, out result);

    /// <summary>Frees the step's memory.</summary>
    public void Dispose()
    {
        _measurements.Dispose();
        _captions.Dispose();
        Tape.Dispose();
    }

    /// <summary>Forward and backward pass: adds a batch's gradients, times <paramref name="scale"/>, to those of the parameters.</summary>
    /// <param name="task">What is trained.</param>
    /// <param name="tape">A tape that has begun the step.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="measurements">Takes the loss, unscaled, and what the task measures.</param>
    /// <param name="scale">1, or less where several batches or ranks make one step.</param>
    internal static void AddGradients(
        TrainingTask task, Tape tape, in BatchTensors batch, StepMeasurements measurements, float scale = 1)
    {
        task.Prepare(tape, batch);
        using HostAccessScope step = tape.Device.ForbidHostAccess();
        Tensor loss = Forward(task, tape, batch, measurements);
        measurements.TakeLoss(loss);
        tape.Backward(loss, scale);
    }

    private static Tensor Forward(TrainingTask task, Tape tape, in BatchTensors batch, StepMeasurements measurements)
    {
        using PhaseScope phase = tape.Device.Phase("forward");
        measurements.Begin();
        return task.Loss(tape, batch, measurements);
    }

    private void Begin(in StepContext context, double learningRate)
    {
        optimizer.Block.Begin(learningRate, normBound);
        Tape.Begin(context with { IsTraining = true, Communicator = communicator });
    }

    private void Run(in BatchTensors batch)
    {
        // A batch that comes in several parts adds the gradients of each here, the tape begun anew with SamplesBefore.
        ParameterStore parameters = task.Model.Parameters;
        parameters.ClearGradients();
        AddGradients(task, Tape, batch, _measurements, 1f / communicator.RankCount);
        using HostAccessScope step = _device.ForbidHostAccess();
        communicator.AllReduceSum(parameters.Gradients);
        communicator.AllReduceSum(_measurements.Averaged);

        // Whether the step is finite is found on the device, over all ranks, and decides the update there.
        StepBlock block = optimizer.Block;
        GlobalNorm.SumOfSquares(_device, parameters.Gradients, block.SumOfSquares);
        GradientScale.Set(_device, _measurements.Loss, block.Memory);
        Update();
        _measurements.EndStep(block);
    }

    private void Update()
    {
        using PhaseScope phase = _device.Phase("update");
        optimizer.Step();
        task.AfterUpdate();
    }
}
