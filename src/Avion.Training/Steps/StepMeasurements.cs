namespace Avion.Training;

/// <summary>Scalars of a step for the log: its loss and norm, and what its task measures; kept on the device
/// and read a step late.</summary>
/// <remarks>
/// With several ranks, the log has the means over the ranks; with several parts of a batch that are measured each, those over the parts.
/// A warm step allocates nothing here, and the host does not wait for the device.
/// </remarks>
public sealed class StepMeasurements : IDisposable
{
    private const int LossPlace = 0, FirstPlace = 1, MaximumCount = 16, NormPlace = FirstPlace + MaximumCount, FinitePlace = NormPlace + 1;

    private readonly Device _device;
    private readonly LateScalars _late;
    private readonly Tape _memory;
    private readonly Tensor _averaged;
    private readonly double[] _values = new double[FinitePlace + 1];
    private readonly Scalar[] _scalars = new Scalar[MaximumCount];
    private readonly (string Name, Func<double, double>? Shown)[] _measured = new (string, Func<double, double>?)[MaximumCount];
    private int _count, _partCount;

    /// <summary>Takes memory for a device's steps.</summary>
    public StepMeasurements(Device device)
    {
        _device = device;
        _late = new LateScalars(device, FinitePlace + 1);
        _memory = new Tape(device, plannedBytes: (FirstPlace + MaximumCount) * sizeof(double));
        _averaged = _memory.AllocateStatistics(new Shape(FirstPlace + MaximumCount));
        device.Clear(_averaged);
    }

    /// <summary>The loss of the step under way, which outlives its backward pass.</summary>
    internal Tensor Loss => _averaged.Part(LossPlace, 1);

    /// <summary>Loss and measured scalars, of which the log has means: to be summed over the ranks before the step ends.</summary>
    internal Tensor Averaged => _averaged;

    /// <summary>Takes a scalar of the step under way; every step, and every part of a batch, adds the same ones.</summary>
    /// <param name="name">Its name in the log, a constant.</param>
    /// <param name="scalar">What the tape computed, or a parameter, which is taken as it is before the update.</param>
    /// <param name="shown">What the log has of the value; null: the value itself.</param>
    public void Add(string name, Tensor scalar, Func<double, double>? shown = null)
    {
        if (_count == MaximumCount)
        {
            throw new InvalidOperationException($"A step measures at most {MaximumCount} scalars beside its loss; "
                + $"'{name}' is one too many.");
        }

        _measured[_count] = (name, shown);
        Put(scalar, FirstPlace + _count);
        _count++;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _late.Dispose();
        _memory.Dispose();
    }

    /// <summary>Begins a step.</summary>
    internal void BeginStep() => _partCount = 0;

    /// <summary>Begins the batch, or one of its parts.</summary>
    internal void BeginPart()
    {
        _count = 0;
        _partCount++;
    }

    /// <summary>Begins a batch, or one of its parts, whose work the device repeats: it measures what was measured before.</summary>
    internal void RepeatPart() => _partCount++;

    internal void TakeLoss(Tensor loss) => Put(loss, LossPlace);

    /// <summary>Ends the step under way.</summary>
    internal void EndStep(StepBlock block)
    {
        for (int place = LossPlace; place < FirstPlace + _count; place++)
        {
            _late.Record(place, _averaged.Part(place, 1));
        }

        _late.Record(NormPlace, block.GradientNorm);
        _late.Record(FinitePlace, block.IsFinite);
        _late.EndStep();
    }

    /// <summary>The step before the last one that ended.</summary>
    internal bool TryTake(int rankCount, out StepResult result) => Read(_late.TryTake(_values), rankCount, out result);

    /// <summary>The last step that ended; waits for the device.</summary>
    internal bool TryFlush(int rankCount, out StepResult result) => Read(_late.TryFlush(_values), rankCount, out result);

    private void Put(Tensor scalar, int place)
    {
        if (_partCount > 1)
        {
            Compute.Add.Accumulate(_device, scalar, _averaged.Part(place, 1).Reshape(scalar.Shape));
        }
        else
        {
            _device.Copy(scalar, _averaged.Part(place, 1));
        }
    }

    private bool Read(bool isThere, int rankCount, out StepResult result)
    {
        double measured = rankCount * Math.Max(1, _partCount);
        for (int i = 0; i < _count; i++)
        {
            (string name, Func<double, double>? shown) = _measured[i];
            double value = _values[FirstPlace + i] / measured;
            _scalars[i] = new Scalar(name, shown is null ? value : shown(value));
        }

        result = new StepResult(
            _values[LossPlace] / measured, _values[NormPlace], _values[FinitePlace] != 0, _scalars.AsSpan(0, _count));
        return isThere;
    }
}
