namespace Avion.Training;

/// <summary>The forward and backward pass of a batch, at once or in parts: adds the batch's gradients to those of the parameters.</summary>
/// <remarks>
/// P parts of equal size are computed one after the other in the memory of one. Where the loss is a mean over samples, the batch's loss is
/// the mean of the parts' losses, and so is its gradient. Where the loss compares samples (<see cref="IFeatureTask"/>), it is computed once
/// over the features F of all parts: every part forward without recording, which gives F; loss and dF of the whole batch; every part
/// forward again and back from its rows of dF. Draws are keyed by a sample's number in the step, so both passes draw the same, and the
/// gradient is that of the whole batch but for the rounding of sums. Cost of the second way: a forward pass more.
/// Source: Gao et al. 2021, "Scaling deep contrastive learning batch size under memory limited setup" (arXiv:2101.06983).
/// </remarks>
internal sealed class BatchGradients : IDisposable
{
    private readonly TrainingTask _task;
    private readonly Tape _tape;
    private readonly StepMeasurements _measurements;
    private readonly int _partCount;

    // One for each part: a device may still read the offsets of one when those of the next are filled in.
    private readonly SequenceTable[] _captions;
    private readonly HeldFeatures? _features;

    /// <param name="task">What is trained.</param>
    /// <param name="tape">Where a part is computed.</param>
    /// <param name="measurements">Takes the loss, unscaled, and what the task measures.</param>
    /// <param name="partCount">P; 1: the batch at once.</param>
    public BatchGradients(TrainingTask task, Tape tape, StepMeasurements measurements, int partCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(partCount);
        (_task, _tape, _measurements, _partCount) = (task, tape, measurements, partCount);
        _captions = [.. Enumerable.Range(0, partCount == 1 ? 0 : partCount).Select(_ => new SequenceTable(tape.Device))];
        _features = partCount > 1 && task is IFeatureTask ? new HeldFeatures(tape.Device) : null;
    }

    /// <summary>On a device that plans, where one part stands for all: the operations of the others.</summary>
    public long UncountedFlops { get; private set; }

    /// <summary>Bytes that are kept from the first pass to the second, beside the tape's.</summary>
    public long HeldBytes => _features?.Bytes ?? 0;

    /// <summary>Runs the passes. The host prepares each part; while one is computed, it touches no memory of the device.</summary>
    /// <param name="context">The step, with the ranks that take it together.</param>
    /// <param name="batch">This rank's batch, a multiple of the parts; its memory is not the tape's.</param>
    /// <param name="scale">1, or less where several ranks make one step.</param>
    public void Add(in StepContext context, in BatchTensors batch, double scale = 1)
    {
        _measurements.BeginStep();
        UncountedFlops = 0;
        if (_partCount == 1)
        {
            _tape.Begin(context);
            AddWhole(batch, scale);
        }
        else if (_features is not null)
        {
            AddCompared((IFeatureTask)_task, context, batch, scale);
        }
        else
        {
            long before = _tape.Device.FlopCount;
            for (int part = 0; part < ComputedParts; part++)
            {
                AddWhole(BeginPart(part, context, batch), scale / _partCount);
            }

            CountOtherParts(before);
        }
    }

    /// <summary>Frees what is kept between the passes.</summary>
    public void Dispose()
    {
        _features?.Dispose();
        Array.ForEach(_captions, table => table.Dispose());
    }

    private int ComputedParts => _tape.Device is PlanningDevice ? 1 : _partCount;

    private void CountOtherParts(long flopsBefore) =>
        UncountedFlops += (_partCount - ComputedParts) * (_tape.Device.FlopCount - flopsBefore);

    private BatchTensors BeginPart(int part, in StepContext context, in BatchTensors batch)
    {
        int size = batch.Count / _partCount;
        _tape.Begin(context with { SamplesBefore = part * size });
        return batch.Part(part * size, size, _captions[part]);
    }

    private void AddWhole(in BatchTensors batch, double scale)
    {
        _task.Prepare(_tape, batch);
        using HostAccessScope step = _tape.Device.ForbidHostAccess();
        _measurements.BeginPart();
        Tensor loss = Forward(batch);
        _measurements.TakeLoss(loss);
        _tape.Backward(loss, scale);
    }

    private Tensor Forward(in BatchTensors batch)
    {
        using PhaseScope phase = _tape.Device.Phase("forward");
        return _task.Loss(_tape, batch, _measurements);
    }

    private void AddCompared(IFeatureTask task, in StepContext context, in BatchTensors batch, double scale)
    {
        KeepFeatures(task, context, batch);
        FeatureGradients(task, context, batch, scale);
        long before = _tape.Device.FlopCount;
        for (int part = 0; part < ComputedParts; part++)
        {
            BatchTensors samples = BeginPart(part, context, batch);
            using HostAccessScope step = _tape.Device.ForbidHostAccess();
            _features!.Seed(_tape, FeaturesOf(task, samples, "forward"), part * samples.Count);
            _tape.BackwardFromSeeds();
        }

        CountOtherParts(before);
    }

    private void KeepFeatures(IFeatureTask task, in StepContext context, in BatchTensors batch)
    {
        _tape.IsRecording = false;
        try
        {
            long before = _tape.Device.FlopCount;
            for (int part = 0; part < ComputedParts; part++)
            {
                BatchTensors samples = BeginPart(part, context, batch);
                using HostAccessScope step = _tape.Device.ForbidHostAccess();
                _features!.Keep(FeaturesOf(task, samples, "features"), part * samples.Count, batch.Count);
            }

            CountOtherParts(before);
        }
        finally
        {
            _tape.IsRecording = true;
        }
    }

    private void FeatureGradients(IFeatureTask task, in StepContext context, in BatchTensors batch, double scale)
    {
        _tape.Begin(context);
        _task.Prepare(_tape, batch);
        using HostAccessScope step = _tape.Device.ForbidHostAccess();
        _measurements.BeginPart();
        PairFeatures leaves = _features!.Leaves(_tape);
        Tensor loss = LossOf(task, leaves);
        _measurements.TakeLoss(loss);
        _tape.Backward(loss, scale);
        _features.TakeGradients(_tape, leaves);
    }

    private PairFeatures FeaturesOf(IFeatureTask task, in BatchTensors batch, string phase)
    {
        using PhaseScope scope = _tape.Device.Phase(phase);
        return task.Features(_tape, batch);
    }

    private Tensor LossOf(IFeatureTask task, in PairFeatures features)
    {
        using PhaseScope scope = _tape.Device.Phase("loss");
        return task.LossOfFeatures(_tape, features, _measurements);
    }
}
