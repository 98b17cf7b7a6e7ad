namespace Avion.Compute;

/// <summary>Scalars of the last steps, copied to the host in the order of the device's work and read a step late: nobody waits.</summary>
/// <remarks>
/// A ring of two steps: <see cref="Record"/> puts copies into the step under way; <see cref="TryTake"/>, called when a step was issued,
/// gives the numbers of the step before it; <see cref="TryFlush"/> gives the last one's at the end. No call allocates.
/// </remarks>
public sealed unsafe class LateScalars : IDisposable
{
    private const int StepCount = 2;

    private readonly Device _device;
    private readonly int _scalarCount;
    private readonly ElementType[] _types;
    private readonly long[] _marks = new long[StepCount];
    private readonly byte* _memory;
    private long _issued, _taken;

    /// <summary>Takes host memory.</summary>
    /// <param name="device">Where the scalars lie.</param>
    /// <param name="scalarCount">Scalars of a step.</param>
    public LateScalars(Device device, int scalarCount)
    {
        (_device, _scalarCount) = (device, scalarCount);
        _types = new ElementType[StepCount * scalarCount];
        _memory = (byte*)device.AllocateHostMemory(StepCount * scalarCount * (long)sizeof(double));
        new Span<double>(_memory, StepCount * scalarCount).Clear();
    }

    /// <summary>Copies a scalar of the step under way; what lies in its place is not read after the next step's.</summary>
    /// <param name="index">Its place among the step's scalars.</param>
    /// <param name="scalar">Float32, float64 or int64; it may be freed right after.</param>
    public void Record(int index, Tensor scalar)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_scalarCount);
        if (scalar.Count != 1 || scalar.Type is not (ElementType.Float32 or ElementType.Float64 or ElementType.Int64))
        {
            throw new ArgumentException($"LateScalars.Record: got {scalar}, expected one number of type Float32, Float64 or Int64.");
        }

        int place = Place(_issued, index);
        _types[place] = scalar.Type;
        _device.CopyLate(scalar, (nint)(_memory + ((long)place * sizeof(double))));
    }

    /// <summary>Ends the step under way: all its work was given to the device.</summary>
    /// <exception cref="InvalidOperationException">The step before it was not taken, and would be lost.</exception>
    public void EndStep()
    {
        if (_issued - _taken >= StepCount)
        {
            throw new InvalidOperationException(
                $"LateScalars: {_issued - _taken} steps wait to be taken, and there is room for {StepCount}. "
                + "Call TryTake after each step.");
        }

        _marks[_issued % StepCount] = _device.Mark();
        _issued++;
    }

    /// <summary>The scalars of the step before the last one issued, if nobody has taken them yet.</summary>
    /// <param name="values">Room for a step's scalars, in the order of their places.</param>
    public bool TryTake(Span<double> values) => _issued - _taken > 1 && Take(values);

    /// <summary>The scalars of the oldest step that nobody has taken; waits for the device.</summary>
    /// <param name="values">Room for a step's scalars, in the order of their places.</param>
    public bool TryFlush(Span<double> values) => _issued > _taken && Take(values);

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        // A copy may be on its way still.
        _device.Settle();
        _device.FreeHostMemory((nint)_memory);
    }

    private bool Take(Span<double> values)
    {
        _device.WaitFor(_marks[_taken % StepCount]);
        for (int index = 0; index < _scalarCount; index++)
        {
            int place = Place(_taken, index);
            void* at = _memory + ((long)place * sizeof(double));
            values[index] = _types[place] switch
            {
                ElementType.Float64 => *(double*)at,
                ElementType.Int64 => *(long*)at,
                _ => *(float*)at,
            };
        }

        _taken++;
        return true;
    }

    private int Place(long step, int index) => ((int)(step % StepCount) * _scalarCount) + index;
}
