namespace Avion.Data.Tests;

/// <summary>Counts the blocks that a loader has.</summary>
internal sealed class CountingMemory : IBatchMemory
{
    private readonly NativeBatchMemory _inner = new();

    public int Live { get; private set; }

    public nint Allocate(nuint byteCount)
    {
        Live++;
        return _inner.Allocate(byteCount);
    }

    public void Free(nint address)
    {
        Live--;
        _inner.Free(address);
    }
}
