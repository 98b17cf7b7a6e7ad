namespace Avion.Compute;

/// <summary>Memory for the length of one kernel call, such as a tile of scores for each worker: a back end's own affair.</summary>
/// <remarks>Kept between calls; several threads may take some at a time. A plan takes the same, and so finds the same peak.</remarks>
internal sealed class ScratchMemory : IDisposable
{
    private readonly Arena _arena;

    public ScratchMemory(Device device) => _arena = new Arena(device);

    /// <summary>Most bytes that were taken at once.</summary>
    public long PeakBytes => _arena.PeakBytes;

    /// <summary>Guard behind each block, for tests; 0 otherwise.</summary>
    public int GuardBytes
    {
        get => _arena.GuardBytes;
        set => _arena.GuardBytes = value;
    }

    /// <summary>Takes memory with any content, until the lease is disposed.</summary>
    public ScratchLease Take(long floatCount)
    {
        lock (_arena)
        {
            return new ScratchLease(this, _arena.Allocate(floatCount * sizeof(float)));
        }
    }

    public void Dispose() => _arena.Dispose();

    internal void Free(nint memory)
    {
        lock (_arena)
        {
            _arena.Free(memory);
        }
    }
}

/// <summary>Scratch memory that is given back when disposed.</summary>
internal readonly unsafe ref struct ScratchLease
{
    private readonly ScratchMemory _owner;

    internal ScratchLease(ScratchMemory owner, nint memory)
    {
        _owner = owner;
        Floats = (float*)memory;
    }

    /// <summary>Address of the first number.</summary>
    public float* Floats { get; }

    public void Dispose() => _owner.Free((nint)Floats);
}
