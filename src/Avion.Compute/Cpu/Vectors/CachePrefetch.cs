using System.Runtime.Intrinsics.X86;

namespace Avion.Compute;

/// <summary>Asks for memory before it is needed, where the processor's own prefetching does not reach: rows of a head lie a page or more apart.</summary>
internal static unsafe class CachePrefetch
{
    /// <summary>Rows to ask ahead: enough to hide a miss of the last cache behind copies of rows.</summary>
    public const int RowsAhead = 12;

    private const int LineBytes = 64;

    /// <summary>Asks for some elements of a row, which may lie anywhere: an address that is not mapped is ignored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Row<T>(T* row, int count) where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            for (nint offset = 0; offset < (nint)count * sizeof(T); offset += LineBytes)
            {
                Sse.Prefetch0((byte*)row + offset);
            }
        }
    }

    /// <summary>The same into the second-level cache, for what is needed much later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LaterRow<T>(T* row, int count) where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            for (nint offset = 0; offset < (nint)count * sizeof(T); offset += LineBytes)
            {
                Sse.Prefetch1((byte*)row + offset);
            }
        }
    }
}
