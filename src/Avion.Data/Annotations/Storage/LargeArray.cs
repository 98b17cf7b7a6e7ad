using System.Runtime.InteropServices;

namespace Avion.Data;

/// <summary>Arrays of many mebibytes, for which the system is asked for large pages: filling gigabytes page by page of 4 KiB takes
/// longer than reading what fills them.</summary>
internal static partial class LargeArray
{
    private const int SmallestBytes = 4 << 20, PageBytes = 1 << 12, WantLargePages = 14;

    /// <summary>An array that the caller fills; what it does not fill has any content.</summary>
    public static unsafe T[] Allocate<T>(int items)
        where T : unmanaged
    {
        T[] array = GC.AllocateUninitializedArray<T>(items);
        long bytes = (long)items * sizeof(T);
        if (bytes >= SmallestBytes && OperatingSystem.IsLinux())
        {
            fixed (T* start = array)
            {
                // Advice only: refused, the array is what it is without it.
                nint first = ((nint)start + PageBytes - 1) & ~(PageBytes - 1), end = (nint)((byte*)start + bytes) & ~(PageBytes - 1);
                _ = Advise(first, (nuint)(end - first), WantLargePages);
            }
        }

        return array;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nuint bytes, int advice);
}
