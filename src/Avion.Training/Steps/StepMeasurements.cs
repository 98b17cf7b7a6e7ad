namespace Avion.Training;

/// <summary>Scalars of a step for the log: its loss and norm, and what its task measures; kept on the device and read a step late.</summary>
/// <remarks>A warm step allocates nothing here, and the host does not wait for the device.</remarks>
public sealed class StepMeasurements : IDisposable
{
    private const int LossPlace = 0, NormPlace = 1, FinitePlace = 2, FirstPlace = 3, MaximumCount = 16;

    private readonly Device _device;
    private readonly LateScalars _late;
    private readonly Tape _memory;
    private readonly double[] _values = new double[FirstPlace + MaximumCount];
    private readonly Scalar[] _scalars = new Scalar[MaximumCount];
    private readonly (string Name, Func<double, double>? Shown)[] _measured = new (string, Func<double, double>?)[MaximumCount];
    private int _count;

    /// <summary>Takes memory for a device's steps.</summary>
    public StepMeasurements(Device device)
    {
        _device = device;
        _late = new LateScalars(device, FirstPlace + MaximumCount);
        _memory = new Tape(device);
        Loss = _memory.AllocateStatistics(Shape.Scalar);
    }

    /// <summary>The loss of the step under way, which outlives its backward pass.</summary>
    internal Tensor Loss { get; }

    /// <summary>Takes a scalar of the step under way; every step adds the same ones.</summary>
    /// <param name="name">Its name in the log, a constant.</param>
    /// <param name="scalar">What the tape computed, or a parameter, which is taken as it is before the update.</param>
    /// <param name="shown">What the log has of the value; null: the value itself.</param>
    public void Add(string name, Tensor scalar, Func<double, double>? shown = null)
    {
        if (_count == MaximumCount)
        {
            throw new InvalidOperationException($"A step measures at most {MaximumCount} scalars beside its loss; '{name}' is one too many.");
        }

        _measured[_count] = (name, shown);
        _late.Record(FirstPlace + _count, scalar);
        _count++;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _late.Dispose();
        _memory.Dispose();
    }

    internal void Begin() => _count = 0;

    internal void TakeLoss(Tensor loss) => _device.Copy(loss, Loss);

    /// <summary>Ends the step under way.</summary>
    internal void EndStep(StepBlock block)
    {
        _late.Record(LossPlace, Loss);
        _late.Record(NormPlace, block.GradientNorm);
        _late.Record(FinitePlace, block.IsFinite);
        _late.EndStep();
    }

    /// <summary>The step before the last one that ended.</summary>
    internal bool TryTake(int rankCount, out StepResult result) => Read(_late.TryTake(_values), rankCount, out result);

    /// <summary>The last step that ended; waits for the device.</summary>
    internal bool TryFlush(int rankCount, out StepResult result) => Read(_late.TryFlush(_values), rankCount, out result);

    private bool Read(bool isThere, int rankCount, out StepResult result)
    {
        for (int i = 0; i < _count; i++)
        {
            (string name, Func<double, double>? shown) = _measured[i];
            double value = _values[FirstPlace + i];
            _scalars[i] = new Scalar(name, shown is null ? value : shown(value));
        }

        result = new StepResult(
            _values[LossPlace] / rankCount, _values[NormPlace], _values[FinitePlace] != 0, _scalars.AsSpan(0, _count));
        return isThere;
    }
}
