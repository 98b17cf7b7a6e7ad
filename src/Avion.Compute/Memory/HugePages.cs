using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>Memory in pages of 2 MiB where the system has them: a row of a large matrix then needs no entry of its own in the processor's table
/// of pages.</summary>
/// <remarks>Linux gives them to memory that asks, unless the machine's setting is "never"; elsewhere, and for small memory, pages are as usual.</remarks>
internal static unsafe partial class HugePages
{
    private const int PageBytes = 2 << 20;

    // Below, what alignment leaves unused would count.
    private const long LeastBytes = 8L * PageBytes;

    private const int AdviseHugePages = 14;

    /// <summary>Takes memory with any content; to be given back by <see cref="NativeMemory.AlignedFree"/>.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="alignment">Of small memory; large memory begins at a page.</param>
    public static void* Allocate(nuint bytes, int alignment)
    {
        if (!OperatingSystem.IsLinux() || bytes < LeastBytes)
        {
            return NativeMemory.AlignedAlloc(bytes, (nuint)alignment);
        }

        void* memory = NativeMemory.AlignedAlloc(bytes, PageBytes);

        // Whole pages only: what lies behind the end is someone else's. Refusal changes speed alone.
        _ = Advise(memory, bytes / PageBytes * PageBytes, AdviseHugePages);
        return memory;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* memory, nuint bytes, int advice);
}
