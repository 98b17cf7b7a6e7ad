using System.Diagnostics;

namespace Avion.Training;

/// <summary>Times the training step of a model on made-up clips, beside the machine's ceilings: its
/// rates on one large matrix product and on the step's own.</summary>
/// <remarks>Steps and products alternate in one run, so that all see the same machine.</remarks>
public sealed class StepBenchmark : IDisposable
{
    private const int PeakSize = 1536;
    private const int WarmSteps = 2;

    private readonly MeasuredWork _work;
    private readonly CpuDevice _device;
    private readonly Model _model;
    private readonly Optimizer _optimizer;
    private readonly Tape _tape;

    /// <summary>Builds the model and plans its step.</summary>
    /// <param name="work">What a step computes; stays the caller's.</param>
    /// <param name="threads">Compute threads; 0 for one per processor.</param>
    public StepBenchmark(MeasuredWork work, int threads = 0)
    {
        _work = work;
        _device = new CpuDevice(threads);
        _model = work.CreateModel(_device);
        _optimizer = Optimizer.Create(work.Optimizer, _model.Parameters, _device);
        PlannedBytes = Plan();
        _tape = new Tape(_device, PlannedBytes);
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
        MatrixProductShapes products = new();
        List<double> milliseconds = [], peaks = [], sharesOfProducts = [], cuts = [];
        long allocated = 0, flops = 0;
        for (int step = -WarmSteps; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            _device.ResetCounters();
            _device.ProductShapes = step == -WarmSteps && measuresPeak ? products : null;
            long before = GC.GetAllocatedBytesForCurrentThread();
            long started = Stopwatch.GetTimestamp();
            Step();
            double elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            long stepFlops = _device.FlopCount;
            _device.ProductShapes = null;
            double rate = peak?.Measure() ?? double.NaN;
            MatrixProductRates? rates = measuresPeak ? MatrixProductRates.Measure(_device, products) : null;
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

        return new StepBenchmarkResult(_device.Name, _model.Parameters.ValueCount, _work.BatchSize, Median(milliseconds),
            flops / 1e9, Median(peaks), Median(sharesOfProducts), Median(cuts), PlannedBytes, _tape.Arena.PeakBytes,
            (double)allocated / steps);
    }

    /// <summary>Runs two steps to warm up, then traces some, and measures what the machine reaches.</summary>
    public (OperationTrace Trace, MachineCeilings Ceilings) Trace(int steps)
    {
        OperationTrace trace = new();
        for (int step = -WarmSteps; step < steps; step++)
        {
            _device.Trace = step >= 0 ? trace : null;
            using PhaseScope phase = _device.Phase("step");
            Step();
        }

        _device.Trace = null;
        return (trace, MachineCeilings.Measure(_device));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _tape.Dispose();
        _optimizer.Dispose();
        _model.Dispose();
        _device.Dispose();
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private void Step()
    {
        _optimizer.Block.Begin(_work.Optimizer.LearningRate * 1e-3);
        _tape.Reset();
        _model.Parameters.ClearGradients();
        _tape.Backward(_work.Loss(_tape, _model));
        GlobalNorm.SumOfSquares(_device, _model.Parameters.Gradients, _optimizer.Block.SumOfSquares);
        GradientScale.Set(_device, default, _optimizer.Block.Memory);
        _optimizer.Step();
    }

    /// <summary>The same step on a device that computes nothing.</summary>
    private long Plan()
    {
        using PlanningDevice planning = new();
        using Model model = _work.CreateModel(planning);
        using Tape tape = new(planning);
        tape.Backward(_work.Loss(tape, model));
        return tape.Arena.PeakBytes;
    }
}
