namespace Avion.CudaSimulator;

/// <summary>A stretch of device memory, and which of its bytes have been written.</summary>
internal sealed unsafe class Allocation : IDisposable
{
    private readonly ulong* _written;
    private readonly string? _name;
    private bool _isWhole;

    public Allocation(ulong start, long bytes, string? name)
    {
        (Start, Bytes, _name) = (start, bytes, name);
        Data = (byte*)NativeMemory.AlignedAlloc((nuint)bytes + 64, 64);
        _written = (ulong*)NativeMemory.AllocZeroed((nuint)((bytes / 64) + 2), sizeof(ulong));
    }

    public ulong Start { get; }

    public long Bytes { get; }

    public byte* Data { get; }

    public bool IsFreed { get; private set; }

    /// <summary>Whether all of a range has been written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsWritten(long at, long bytes)
    {
        if (_isWhole)
        {
            return true;
        }

        // An access of at most 16 aligned bytes lies within one word of bits.
        if (bytes <= 16 && (at & 63) + bytes <= 64)
        {
            ulong mask = ((1UL << (int)bytes) - 1) << (int)(at & 63);
            return (_written[at >> 6] & mask) == mask;
        }

        return IsLongRangeWritten(at, bytes);
    }

    /// <summary>Notes that a range has been written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MarkWritten(long at, long bytes)
    {
        if (_isWhole)
        {
            return;
        }

        if (bytes <= 16 && (at & 63) + bytes <= 64)
        {
            _written[at >> 6] |= ((1UL << (int)bytes) - 1) << (int)(at & 63);
            return;
        }

        MarkLongRange(at, bytes);
    }

    /// <inheritdoc />
    public override string ToString() => _name is null ? $"an allocation of {Bytes} bytes" : $"'{_name}' of {Bytes} bytes";

    /// <inheritdoc />
    public void Dispose()
    {
        IsFreed = true;
        NativeMemory.AlignedFree(Data);
        NativeMemory.Free(_written);
    }

    private bool IsLongRangeWritten(long at, long bytes)
    {
        for (long end = at + bytes; at < end;)
        {
            int first = (int)(at & 63), count = (int)Math.Min(64 - first, end - at);
            ulong mask = (count == 64 ? ulong.MaxValue : (1UL << count) - 1) << first;
            if ((_written[at >> 6] & mask) != mask)
            {
                return false;
            }

            at += count;
        }

        return true;
    }

    private void MarkLongRange(long at, long bytes)
    {
        _isWhole = at == 0 && bytes == Bytes;
        for (long end = at + bytes; at < end;)
        {
            int first = (int)(at & 63), count = (int)Math.Min(64 - first, end - at);
            _written[at >> 6] |= (count == 64 ? ulong.MaxValue : (1UL << count) - 1) << first;
            at += count;
        }
    }
}
