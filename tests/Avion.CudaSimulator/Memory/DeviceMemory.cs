namespace Avion.CudaSimulator;

/// <summary>Global memory of a device: allocations at addresses of their own, with nothing between them.</summary>
/// <remarks>
/// Addresses are fictitious and far from the host's, an allocation ends at its last byte, and which bytes have been written is known. So an
/// access beside an allocation, to memory that was given back, to host memory, or to what nobody wrote is told apart, always.
/// </remarks>
public sealed unsafe class DeviceMemory : IDisposable
{
    private const ulong FirstAddress = 0x0A00_0000_0000, Gap = 4096;

    private readonly List<Allocation> _allocations = [];
    private readonly List<(ulong Start, ulong End)> _freed = [];
    private readonly ulong _first;
    private ulong _next;

    /// <summary>Memory of a device by its number: the addresses of two devices differ.</summary>
    public DeviceMemory(int device = 0) => _next = _first = FirstAddress + ((ulong)device << 40);

    /// <summary>Bytes in use.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>Number of allocations in use.</summary>
    public int Count => _allocations.Count;

    /// <summary>Takes memory that nobody has written.</summary>
    /// <param name="bytes">Size; an access one byte beyond fails.</param>
    /// <param name="name">For messages.</param>
    /// <returns>The address, a multiple of 512.</returns>
    public ulong Allocate(long bytes, string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        Allocation allocation = new(_next, bytes, name);
        _allocations.Add(allocation);
        UsedBytes += bytes;
        _next = (_next + (ulong)bytes + Gap + 511) / 512 * 512;
        return allocation.Start;
    }

    /// <summary>Gives memory back.</summary>
    public void Free(ulong address)
    {
        int at = _allocations.FindIndex(allocation => allocation.Start == address);
        if (at < 0)
        {
            throw new SimulationException(FailureKind.NotDeviceMemory, $"Free of {address:x}: {Describe(address)}.");
        }

        Allocation freed = _allocations[at];
        _allocations.RemoveAt(at);
        _freed.Add((freed.Start, freed.Start + (ulong)freed.Bytes));
        UsedBytes -= freed.Bytes;
        freed.Dispose();
    }

    /// <summary>Copies from the host.</summary>
    public void Write(ulong address, ReadOnlySpan<byte> source)
    {
        Allocation allocation = Range(address, source.Length, "a copy to the device");
        long at = (long)(address - allocation.Start);
        source.CopyTo(new Span<byte>(allocation.Data + at, source.Length));
        allocation.MarkWritten(at, source.Length);
    }

    /// <summary>Copies numbers from the host.</summary>
    public void Write<T>(ulong address, ReadOnlySpan<T> source) where T : unmanaged => Write(address, MemoryMarshal.AsBytes(source));

    /// <summary>Copies to the host what must have been written.</summary>
    public void Read(ulong address, Span<byte> target)
    {
        Allocation allocation = Range(address, target.Length, "a copy to the host");
        long at = (long)(address - allocation.Start);
        CheckWritten(allocation, at, target.Length, "A copy to the host");
        new ReadOnlySpan<byte>(allocation.Data + at, target.Length).CopyTo(target);
    }

    /// <summary>Copies numbers to the host that must have been written.</summary>
    public T[] Read<T>(ulong address, int count) where T : unmanaged
    {
        T[] values = new T[count];
        Read(address, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Copies within the device; what nobody wrote stays so.</summary>
    public void Copy(ulong source, ulong target, long bytes)
    {
        Allocation from = Range(source, bytes, "a copy's source"), to = Range(target, bytes, "a copy's target");
        long at = (long)(source - from.Start), toAt = (long)(target - to.Start);
        Buffer.MemoryCopy(from.Data + at, to.Data + toAt, bytes, bytes);
        if (from.IsWritten(at, bytes))
        {
            to.MarkWritten(toAt, bytes);
            return;
        }

        for (long i = 0; i < bytes; i++)
        {
            if (from.IsWritten(at + i, 1))
            {
                to.MarkWritten(toAt + i, 1);
            }
        }
    }

    /// <summary>Sets a range to a repeated pattern.</summary>
    public void Fill(ulong address, ReadOnlySpan<byte> pattern, long count)
    {
        Allocation allocation = Range(address, pattern.Length * count, "a fill");
        long at = (long)(address - allocation.Start);
        for (long i = 0; i < count; i++)
        {
            pattern.CopyTo(new Span<byte>(allocation.Data + at + (i * pattern.Length), pattern.Length));
        }

        allocation.MarkWritten(at, pattern.Length * count);
    }

    /// <summary>The allocation that holds a range, for copies.</summary>
    internal Allocation Range(ulong address, long bytes, string what)
    {
        Allocation? found = Find(address);
        return found is not null && address + (ulong)bytes <= found.Start + (ulong)found.Bytes ? found
            : throw new SimulationException(found is null ? Kind(address) : FailureKind.OutOfBounds,
                $"{what} of {bytes} bytes at {address:x}: {Describe(address)}.");
    }

    /// <summary>The allocation that holds an address, or null.</summary>
    internal Allocation? Find(ulong address)
    {
        int low = 0, high = _allocations.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            Allocation candidate = _allocations[middle];
            if (address < candidate.Start)
            {
                high = middle - 1;
            }
            else if (address >= candidate.Start + (ulong)candidate.Bytes)
            {
                low = middle + 1;
            }
            else
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>Which failure an address is that no allocation holds.</summary>
    internal FailureKind Kind(ulong address) => _freed.Exists(range => address >= range.Start && address < range.End) ? FailureKind.FreedMemory
        : address >= _first - Gap && address < _next ? FailureKind.OutOfBounds : FailureKind.NotDeviceMemory;

    /// <summary>What is known of an address, for messages.</summary>
    internal string Describe(ulong address)
    {
        if (Find(address) is { } inside)
        {
            return $"byte {address - inside.Start} of {inside}";
        }

        if (_freed.Exists(range => address >= range.Start && address < range.End))
        {
            return "memory that was given back";
        }

        Allocation? before = _allocations.LastOrDefault(allocation => allocation.Start < address);
        return Kind(address) == FailureKind.NotDeviceMemory || before is null
            ? "an address that this device has not given out, such as a host pointer"
            : $"{address - before.Start - (ulong)before.Bytes} bytes behind the end of {before}";
    }

    private static void CheckWritten(Allocation allocation, long at, long bytes, string what)
    {
        if (!allocation.IsWritten(at, bytes))
        {
            long first = at;
            while (allocation.IsWritten(first, 1))
            {
                first++;
            }

            throw new SimulationException(FailureKind.UnwrittenRead, $"{what} reads byte {first} of {allocation}, which nobody wrote.");
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Allocation allocation in _allocations)
        {
            allocation.Dispose();
        }

        _allocations.Clear();
    }
}
