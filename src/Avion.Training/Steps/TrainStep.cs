namespace Avion.Training;

/// <summary>One optimizer step of a rank: gradients of a batch, summed over the ranks, clipped, applied.</summary>
/// <remarks>
/// The only place that knows what a step is: training runs it, the step benchmark times it, and planning and counting run its
/// <see cref="BatchGradients"/> on a device that computes nothing. The host gives work to the device and reads results a step late, so that
/// neither waits for the other.
/// </remarks>
public sealed class TrainStep : IDisposable
{
    // Batches differ in how many tokens their captions have, rounded up: in a few sizes, mostly two. A graph takes a megabyte or so of the
    // device, too much where a batch comes in very many parts.
    private const int SizesKept = 8, MostSections = 32;

    private readonly TrainingTask _task;
    private readonly Optimizer _optimizer;
    private readonly double _normBound;
    private readonly Communicator _communicator;
    private readonly Device _device;
    private readonly StepMeasurements _measurements;
    private readonly StepBatch _batch;
    private readonly BatchGradients _gradients;
    private readonly WeightAverage? _average;
    private readonly WorkGraphs<StepSection> _graphs;
    private readonly Action _update;

    /// <summary>Takes the memory that a step needs.</summary>
    /// <param name="task">What is trained.</param>
    /// <param name="optimizer">How gradients become updates.</param>
    /// <param name="normBound">Bound of the norm of all gradients together; 0 for none.</param>
    /// <param name="communicator">The ranks that step together.</param>
    /// <param name="plannedBytes">Step-scoped memory found by planning, which is taken at once; 0 to grow on demand.</param>
    /// <param name="partCount">Parts in which a rank's batch is computed, of equal size.</param>
    /// <param name="average">Follows each update; null for none.</param>
    /// <param name="captures">Whether a GPU's work is captured as graphs and replayed; the same numbers either way.</param>
    public TrainStep(TrainingTask task, Optimizer optimizer, double normBound, Communicator communicator, long plannedBytes = 0,
        int partCount = 1, WeightAverage? average = null, bool captures = true)
    {
        _average = average;
        (_task, _optimizer, _normBound, _communicator, _device) = (task, optimizer, normBound, communicator, task.Model.Device);
        _measurements = new StepMeasurements(_device);
        _batch = new StepBatch(_device, task.Clips.ContextLength);
        Tape = new Tape(_device, plannedBytes);
        int sections = StepSection.CountOf(task, partCount);
        _graphs = new WorkGraphs<StepSection>(_device, SizesKept * sections) { IsOn = captures && sections <= MostSections };
        _gradients = new BatchGradients(task, Tape, _measurements, partCount, _graphs);
        _update = Update;
    }

    /// <summary>Why steps are not captured as graphs, though they were to be; null where they are.</summary>
    public string? CaptureRefusal => _graphs.Refusal;

    /// <summary>How often parts of steps were given to the device call by call, captured, and replayed.</summary>
    internal (long Launched, long Captured, long Replayed) CaptureCounts => _graphs.Counts;

    /// <summary>Graphs that are kept now.</summary>
    internal int GraphCount => _graphs.GraphCount;

    /// <summary>Where the step computes.</summary>
    public Tape Tape { get; }

    /// <summary>Gives a step on a batch of the loader to the device.</summary>
    /// <param name="batch">The clips; to be kept until the step's result is taken.</param>
    /// <param name="context">Seed and position; the ranks are added here.</param>
    /// <param name="settings">The step's rate and decay.</param>
    public void Run(ClipBatch batch, in StepContext context, in StepSettings settings)
    {
        using PhaseScope phase = _device.Phase("step");
        Run(context, _batch.Bring(batch), settings);
    }

    /// <summary>Gives a step on made-up clips to the device.</summary>
    public void Run(SyntheticBatch batch, in StepContext context, in StepSettings settings)
    {
        using PhaseScope phase = _device.Phase("step");
        Run(context, batch.Tensors, settings);
    }

    /// <summary>The result of the step before the last one that was given to the device; to be called after each step.</summary>
    public bool TryTake(out StepResult result) => _measurements.TryTake(_communicator.RankCount, out result);

    /// <summary>The result of the last step, if it was not taken yet; waits for the device.</summary>
    public bool TryFlush(out StepResult result) => _measurements.TryFlush(_communicator.RankCount, out result);

    /// <summary>Frees the step's memory.</summary>
    public void Dispose()
    {
        _graphs.Dispose();
        _gradients.Dispose();
        _measurements.Dispose();
        _batch.Dispose();
        Tape.Dispose();
    }

    private void Run(in StepContext context, in BatchTensors batch, in StepSettings settings)
    {
        _optimizer.Block.Begin(settings.LearningRate, _normBound, settings.WeightDecayFactor);
        _task.Model.Parameters.ClearGradients();
        _gradients.Add(context with
        {
            IsTraining = true, KeepsAllPatches = settings.KeepsAllPatches, Communicator = _communicator,
        }, batch, 1.0 / _communicator.RankCount);
        Exchange();
        if (_graphs.Run(new StepSection("update"), _update) == WorkOutcome.Refused)
        {
            Update();
        }

        _measurements.EndStep(_optimizer.Block);
    }

    private void Exchange()
    {
        using HostAccessScope step = _device.ForbidHostAccess();
        _communicator.AllReduceSum(_task.Model.Parameters.Gradients);
        _communicator.AllReduceSum(_measurements.Averaged);
    }

    private void Update()
    {
        using HostAccessScope step = _device.ForbidHostAccess();
        ParameterStore parameters = _task.Model.Parameters;

        // Whether the step is finite is found on the device, over all ranks, and decides the update there.
        StepBlock block = _optimizer.Block;
        GlobalNorm.SumOfSquares(_device, parameters.Gradients, block.SumOfSquares);
        GradientScale.Set(_device, _measurements.Loss, block.Memory);
        using PhaseScope phase = _device.Phase("update");
        _optimizer.Step();
        _task.AfterUpdate();
        _average?.Follow(block);
    }
}
