using System.Runtime.InteropServices;

namespace Avion.OpCheckTool;

/// <summary>The processor time of the calling thread: what a kernel on one thread costs, also while others use the machine.</summary>
internal static unsafe partial class ProcessorClock
{
    private const int ThreadProcessorTime = 3;

    /// <summary>In ticks of <see cref="Stopwatch"/>.</summary>
    public static long Read()
    {
        long* time = stackalloc long[2];
        if (GetTime(ThreadProcessorTime, time) != 0)
        {
            throw new PlatformNotSupportedException("The processor time of a thread cannot be read on this system; "
                + "leave out --processor-time.");
        }

        return (long)((time[0] + (time[1] * 1e-9)) * Stopwatch.Frequency);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, long* time);
}
