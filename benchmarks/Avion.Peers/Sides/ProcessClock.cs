using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Avion.Peers;

/// <summary>Clock and processor time since it started.</summary>
internal readonly unsafe partial struct ProcessClock
{
    private const int ProcessProcessorTime = 2;

    private readonly long _started;
    private readonly double _processor;

    private ProcessClock(long started, double processor) => (_started, _processor) = (started, processor);

    public static ProcessClock Start() => new(Stopwatch.GetTimestamp(), ProcessorMilliseconds());

    public Duration Elapsed() =>
        new(Stopwatch.GetElapsedTime(_started).TotalMilliseconds, ProcessorMilliseconds() - _processor);

    /// <summary>The most memory that was resident in this process, in MiB.</summary>
    public static double PeakMebibytes()
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    private static double ProcessorMilliseconds()
    {
        long* time = stackalloc long[2];
        return GetTime(ProcessProcessorTime, time) == 0
            ? (time[0] * 1e3) + (time[1] * 1e-6)
            : throw new PlatformNotSupportedException("The processor time of the process cannot be read on this system.");
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, long* time);
}
