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

    /// <summary>The most memory that was resident in this process since <see cref="ForgetPeak"/>, in MiB.</summary>
    public static double PeakMebibytes()
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>Lets the peak begin anew with what is resident now, and gives back what getting ready left: arrays that weights were read or written by are
    /// of the measurement, not of the work.</summary>
    /// <remarks>Source: Linux, Documentation/filesystems/proc.rst, clear_refs.</remarks>
    public static void ForgetPeak()
    {
        const string PeakOfResidentMemory = "5";
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        File.WriteAllText("/proc/self/clear_refs", PeakOfResidentMemory);
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
