using System.Runtime.InteropServices;

namespace Avion.Data;

/// <summary>Where the memory of batches comes from, so that a device back end can give page-locked memory.</summary>
public interface IBatchMemory
{
    /// <summary>A block of at least <paramref name="byteCount"/> bytes, aligned to 64.</summary>
    nint Allocate(nuint byteCount);

    /// <summary>Gives a block back.</summary>
    void Free(nint address);
}

/// <summary>Ordinary native memory, aligned to a page so that whole pages can be locked later.</summary>
public sealed unsafe class NativeBatchMemory : IBatchMemory
{
    private const nuint PageBytes = 4096;

    public nint Allocate(nuint byteCount) => (nint)NativeMemory.AlignedAlloc(byteCount, PageBytes);

    public void Free(nint address) => NativeMemory.AlignedFree((void*)address);
}
