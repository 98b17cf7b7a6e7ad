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
    private readonly WorkGraphs<StepSection>? _graphs;
    private readonly int _partCount;

    // One for each part: a device may still read the offsets of one when those of the next are filled in.
    private readonly CaptionTable[] _captions;
    private readonly HeldFeatures? _features;
    private readonly Action _addLoss, _keepFeatures, _compareFeatures, _addFromFeatures;

    // The step under way, and the part of its batch that is computed.
    private StepContext _context;
    private BatchTensors _batch, _samples;
    private double _scale;
    private int _part;

    /// <param name="task">What is trained.</param>
    /// <param name="tape">Where a part is computed.</param>
    /// <param name="measurements">Takes the loss, unscaled, and what the task measures.</param>
    /// <param name="partCount">P; 1: the batch at once.</param>
    /// <param name="graphs">Keeps what was captured of earlier steps; null for nothing.</param>
    public BatchGradients(
        TrainingTask task, Tape tape, StepMeasurements measurements, int partCount, WorkGraphs<StepSection>? graphs = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(partCount);
        (_task, _tape, _measurements, _partCount, _graphs) = (task, tape, measurements, partCount, graphs);
        _captions = [.. Enumerable.Range(0, partCount == 1 ? 0 : partCount).Select(
            _ => new CaptionTable(tape.Device, task.Clips.ContextLength))];
        _features = partCount > 1 && task is IFeatureTask ? new HeldFeatures(tape.Device) : null;
        (_addLoss, _keepFeatures, _compareFeatures, _addFromFeatures) = (AddLoss, KeepFeatures, CompareFeatures, AddFromFeatures);
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
        (_context, _batch, _scale) = (context, batch, scale);
        if (_partCount == 1)
        {
            Compute("loss", StepSection.WholeBatch, _addLoss, prepares: true, measures: true);
        }
        else if (_features is not null)
        {
            _tape.IsRecording = false;
            try
            {
                ComputeParts("features", _keepFeatures, prepares: false, measures: false);
            }
            finally
            {
                _tape.IsRecording = true;
            }

            Compute("loss of features", StepSection.WholeBatch, _compareFeatures, prepares: true, measures: true);
            ComputeParts("gradients", _addFromFeatures, prepares: false, measures: false);
        }
        else
        {
            _scale = scale / _partCount;
            ComputeParts("loss", _addLoss, prepares: true, measures: true);
        }
    }

    /// <summary>Frees what is kept between the passes.</summary>
    public void Dispose()
    {
        _features?.Dispose();
        Array.ForEach(_captions, table => table.Dispose());
    }

    private void ComputeParts(string name, Action compute, bool prepares, bool measures)
    {
        int computed = _tape.Device is PlanningDevice ? 1 : _partCount;
        long before = _tape.Device.FlopCount;
        for (int part = 0; part < computed; part++)
        {
            Compute(name, part, compute, prepares, measures);
        }

        UncountedFlops += (_partCount - computed) * (_tape.Device.FlopCount - before);
    }

    /// <summary>Prepares a part of the batch, or all of it, and has the device compute it.</summary>
    private void Compute(string name, int part, Action compute, bool prepares, bool measures)
    {
        Prepare(part, prepares);
        if (_graphs is null)
        {
            compute();
            return;
        }

        switch (_graphs.Run(StepSection.Of(name, part, _samples, _tape, _task), compute))
        {
            case WorkOutcome.Replayed when measures:
                _measurements.RepeatPart();
                break;
            case WorkOutcome.Refused:
                Prepare(part, prepares);
                compute();
                break;
        }
    }

    private void Prepare(int part, bool prepares)
    {
        int size = _batch.Count / _partCount;
        _part = part;
        _tape.Begin(part == StepSection.WholeBatch ? _context : _context with { SamplesBefore = part * size });
        _samples = part == StepSection.WholeBatch ? _batch : _batch.Part(part * size, size, _captions[part]);
        if (prepares)
        {
            _task.Prepare(_tape, _samples);
        }
    }

    private void AddLoss()
    {
        using HostAccessScope step = _tape.Device.ForbidHostAccess();
        _measurements.BeginPart();
        Tensor loss = Forward(_samples);
        _measurements.TakeLoss(loss);
        _tape.Backward(loss, _scale);
    }

    private void KeepFeatures()
    {
        using HostAccessScope step = _tape.Device.ForbidHostAccess();
        _features!.Keep(FeaturesOf((IFeatureTask)_task, _samples, "features"), _part * _samples.Count, _batch.Count);
    }

    private void CompareFeatures()
    {
        using HostAccessScope step = _tape.Device.ForbidHostAccess();
        _measurements.BeginPart();
        PairFeatures leaves = _features!.Leaves(_tape);
        Tensor loss = LossOf((IFeatureTask)_task, leaves);
        _measurements.TakeLoss(loss);
        _tape.Backward(loss, _scale);
        _features.TakeGradients(_tape, leaves);
    }

    private void AddFromFeatures()
    {
        using HostAccessScope step = _tape.Device.ForbidHostAccess();
        _features!.Seed(_tape, FeaturesOf((IFeatureTask)_task, _samples, "forward"), _part * _samples.Count);
        _tape.BackwardFromSeeds();
    }

    private Tensor Forward(in BatchTensors batch)
    {
        using PhaseScope phase = _tape.Device.Phase("forward");
        return _task.Loss(_tape, batch, _measurements);
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
