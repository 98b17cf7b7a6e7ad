namespace Avion.Compute;

/// <summary>Owns where the sequences of packed tokens begin and which row each ends with, on the host and on a device.</summary>
/// <remarks>
/// Filled before a step, for each batch or once for sequences of one length; kernels and models get <see cref="SequenceOffsets"/>, which
/// are valid until the table is filled again or disposed. Warm calls allocate nothing.
/// </remarks>
public sealed unsafe class SequenceTable : IDisposable
{
    private readonly Device _device;
    private MirroredTable? _table;
    private int _count, _paddingCount, _longestLength;

    /// <summary>An empty table.</summary>
    /// <param name="device">Where kernels read it.</param>
    public SequenceTable(Device device) => _device = device;

    /// <summary>How many sequences there is room for.</summary>
    public int Capacity => _table is null ? 0 : (_table.Capacity - 1) / 2;

    /// <summary>Takes the offsets of a batch.</summary>
    /// <param name="offsets">B + 1 offsets: the first 0, none smaller than the one before.</param>
    /// <exception cref="ArgumentException">They do not start at 0, or decrease.</exception>
    public SequenceOffsets Set(ReadOnlySpan<int> offsets) => Set(offsets, paddingCount: 0, longestLength: 0);

    /// <summary>Takes the offsets of a batch that is filled up, so that steps on it are given to the device in the same way as others.</summary>
    /// <param name="offsets">B + 1 offsets: the first 0, none smaller than the one before.</param>
    /// <param name="paddingCount">How many of the last sequences fill the batch up; see <see cref="SequenceOffsets.PaddingCount"/>.</param>
    /// <param name="longestLength">What to take the longest sequence for, at least; 0: its own length.</param>
    /// <exception cref="ArgumentException">They do not start at 0, or decrease.</exception>
    public SequenceOffsets Set(ReadOnlySpan<int> offsets, int paddingCount, int longestLength)
    {
        if (offsets.Length == 0)
        {
            throw new ArgumentException("A table of sequences needs B + 1 offsets; got none.");
        }

        int count = offsets.Length - 1;
        Reserve(count);
        offsets.CopyTo(_table!.Span);
        for (int b = 0; b < count; b++)
        {
            _table.Host[offsets.Length + b] = offsets[b + 1] - 1;
        }

        (_count, _paddingCount, _longestLength) = (count, paddingCount, longestLength);
        SequenceOffsets sequences = First(count);
        _table.Send(0, (2 * count) + 1);
        return sequences;
    }

    /// <summary>Takes sequences that all have one length; the device makes its own copy, so this may happen inside a step.</summary>
    /// <param name="length">Tokens of each.</param>
    /// <param name="count">B.</param>
    public SequenceOffsets SetEqual(int length, int count)
    {
        Reserve(count);
        (_count, _paddingCount, _longestLength) = (count, 0, 0);
        for (int b = 0; b <= count; b++)
        {
            _table!.Host[b] = checked(b * length);
        }

        for (int b = 0; b < count; b++)
        {
            _table!.Host[count + 1 + b] = _table.Host[b + 1] - 1;
        }

        if (!_device.AddressesHostMemory)
        {
            _device.FillRamp(_table!.Device(0, count + 1), 0, length);
            _device.FillRamp(_table.Device(count + 1, count), length - 1, length);
        }

        return First(count);
    }

    /// <summary>The first sequences of the table alone.</summary>
    public SequenceOffsets First(int count)
    {
        if (_table is null || count < 0 || count > _count)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"The table holds {_count} sequences.");
        }

        int padding = Math.Max(0, count - (_count - _paddingCount));
        return new SequenceOffsets(
            _table.Host, count, _table.Device(0, 1).Data, _table.Device(_count + 1, 0).Data, padding, _longestLength);
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        _table?.Dispose();
        _table = null;
    }

    private void Reserve(int count)
    {
        if (_table is null || Capacity < count)
        {
            int capacity = Math.Max(count, 2 * Capacity);
            _table?.Dispose();
            _table = new MirroredTable(_device, checked((2 * capacity) + 1));
        }
    }
}
