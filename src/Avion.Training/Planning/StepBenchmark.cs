using System.Diagnostics;

namespace Avion.Training;

/// <summary>Times the training step of a model on made-up clips, beside the machine's ceilings: its
/// rates on one large matrix product and on the step's own.</summary>
/// <remarks>Steps and products alternate in one run, so that all see the same machine.</remarks>
public sealed class StepBenchmark : IDisposable
{
    private const int PeakSize = 1536;
    private const int WarmSteps = 2;

    private readonly Recipe _recipe;
    private readonly Device _device;
    private readonly TrainingTask _task;
    private readonly Optimizer _optimizer;
    private readonly SyntheticBatch _batch;
    private readonly TrainStep _step;
    private readonly int _partCount;
    private long _stepsDone;

    /// <summary>Builds the model and plans its step.</summary>
    /// <param name="recipe">Task, model, batch size and optimizer.</param>
    /// <param name="captionTokens">Tokens of every caption, where captions are read; 0 for as many as the model reads.</param>
    /// <param name="threads">Compute threads; 0 for one per processor.</param>
    /// <param name="computesAllRows">Whether also what reaches no loss is computed: for comparison with a plain implementation.</param>
    public StepBenchmark(Recipe recipe, int captionTokens = 0, int threads = 0, bool computesAllRows = false)
    {
        // Timed is one device; with several, each takes its share of the batch at the same time.
        DeviceChoice choice = DeviceChoice.Of(recipe).First;
        recipe = choice.Place(recipe);
        _recipe = recipe;
        MemoryPlan memory = MemoryBudget.Choose(recipe, threads, evaluates: false);
        _partCount = memory.PartCount;
        _device = choice.Open(rank: 0, threads);
        _task = Create(recipe, _device, memory, computesAllRows);
        _optimizer = Optimizer.Create(recipe.Optimizer, _task.Model.Parameters, _device);
        _batch = _task.CreateSyntheticBatch(recipe.Train.BatchSize, captionTokens);
        PlannedBytes = Plan(memory, captionTokens, computesAllRows);
        _step = new TrainStep(
            _task, _optimizer, recipe.Optimizer.ClipGradientNorm, new SingleRank(_device), PlannedBytes, memory.PartCount);
    }

    /// <summary>Step-scoped memory found by planning.</summary>
    public long PlannedBytes { get; }

    /// <summary>Runs steps, after two that warm up, and products in turn.</summary>
    /// <param name="steps">Measured steps.</param>
    /// <param name="measuresPeak">Whether products run between the steps; without them there is no ceiling to state.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public StepBenchmarkResult Run(int steps = 10, bool measuresPeak = true, CancellationToken cancellation = default)
    {
        using MatrixPeak? peak = measuresPeak ? new MatrixPeak(_device, PeakSize) : null;
        CpuDevice? cpu = measuresPeak ? _device as CpuDevice : null;
        MatrixProductShapes products = new();
        List<double> milliseconds = [], peaks = [], sharesOfProducts = [], cuts = [];
        long allocated = 0, flops = 0;
        for (int step = -WarmSteps; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            _device.ResetCounters();
            Collect(cpu, step == -WarmSteps ? products : null);
            long before = GC.GetAllocatedBytesForCurrentThread();
            long started = Stopwatch.GetTimestamp();
            Step();
            double elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            long stepFlops = _device.FlopCount;
            Collect(cpu, null);
            double rate = peak?.Measure() ?? double.NaN;
            MatrixProductRates? rates = cpu is null ? null : MatrixProductRates.Measure(cpu, products);
            if (step >= 0)
            {
                milliseconds.Add(elapsed);
                peaks.Add(rate);
                sharesOfProducts.Add(stepFlops / elapsed / 1e6 / (rates?.LibraryGigaflopsPerSecond ?? double.NaN));
                cuts.Add(rates?.Share ?? double.NaN);
                allocated += bytes;
                flops = stepFlops;
            }
        }

        return new StepBenchmarkResult(_device.Name, _task.Model.Parameters.ValueCount, _recipe.Train.BatchSize, Median(milliseconds),
            flops / 1e9, Median(peaks), Median(sharesOfProducts), Median(cuts), PlannedBytes, _step.Tape.Arena.PeakBytes,
            _partCount, (double)allocated / steps);
    }

    /// <summary>Runs two steps to warm up, then traces some, and measures what the processor reaches, where it computes.</summary>
    public (OperationTrace Trace, MatrixProductShapes Products, MachineCeilings? Ceilings) Trace(int steps)
    {
        MatrixProductShapes products = new();
        OperationTrace trace = new(workers: (_device as CpuDevice)?.Workers);
        for (int step = -WarmSteps; step < steps; step++)
        {
            _device.Trace = step >= 0 ? new CompletedCalls(trace, _device) : null;
            Collect(_device as CpuDevice, step >= 0 ? products : null);
            Step();
        }

        _device.Trace = null;
        Collect(_device as CpuDevice, null);
        return (trace, products, _device is CpuDevice cpu ? MachineCeilings.Measure(cpu) : null);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _step.Dispose();
        _batch.Dispose();
        _optimizer.Dispose();
        _task.Dispose();
        _device.Dispose();
    }

    private static void Collect(CpuDevice? cpu, MatrixProductShapes? products)
    {
        if (cpu is not null)
        {
            cpu.ProductShapes = products;
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static TrainingTask Create(Recipe recipe, Device device, MemoryPlan memory, bool computesAllRows)
    {
        TrainingTask task = TrainingTasks.Of(recipe).Create(TaskSetup.ForMeasuring(recipe, device));
        memory.ApplyTo(task.Model);
        task.Model.SkipsUnreadRows = !computesAllRows;
        return task;
    }

    /// <summary>At a thousandth of the rate, so that noise does not drive the parameters away.</summary>
    private void Step()
    {
        _step.Run(_batch, new StepContext { Seed = _recipe.Train.Seed, Step = _stepsDone++ },
            new StepSettings(_recipe.Optimizer.LearningRate * 1e-3));
        _step.TryTake(out _);
        _device.Synchronize();
    }

    /// <summary>The same step on a device that computes nothing; patches are dropped as in most steps.</summary>
    private long Plan(MemoryPlan memory, int captionTokens, bool computesAllRows)
    {
        Recipe recipe = _recipe with { Train = _recipe.Train with { UndroppedEpochs = 0 } };
        using MemoryPlanner planner = new(recipe, _device.Description, evaluates: false, captionTokens)
        {
            ComputesAllRows = computesAllRows, PartCount = memory.PartCount,
        };
        return planner.With([.. memory.Stacks.Select(stack => stack.RecomputedCount)]).StepBytesOfRank;
    }
}
