using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>Holds signals back from the thread that makes it until it is disposed, on the same thread.</summary>
/// <remarks>
/// A signal that comes meanwhile goes to another thread, or waits. Those that the thread's own instructions raise, such as a violation of
/// access, are not held: the system ends a process that blocks them. The runtime interrupts threads by signals to stop them for a
/// collection, but needs none for a thread inside native code. Does nothing on Windows, which has no signals.
/// </remarks>
internal readonly unsafe ref partial struct HeldSignals : IDisposable
{
    // Numbers of Linux, and those of macOS where they differ.
    private const int Illegal = 4, Trap = 5, Abort = 6, FloatingPoint = 8, Violation = 11;

    private static readonly int s_bus = OperatingSystem.IsLinux() ? 7 : 10;
    private static readonly int s_block = OperatingSystem.IsLinux() ? 0 : 1;
    private static readonly int s_set = OperatingSystem.IsLinux() ? 2 : 3;
    private static readonly ulong s_held = ~(Bit(Illegal) | Bit(Trap) | Bit(Abort) | Bit(FloatingPoint) | Bit(Violation) | Bit(s_bus));

    private readonly SignalSet _before;
    private readonly bool _isHeld;

    private HeldSignals(SignalSet before) => (_before, _isHeld) = (before, true);

    /// <summary>Holds signals back from now on.</summary>
    public static HeldSignals Hold()
    {
        if (OperatingSystem.IsWindows())
        {
            return default;
        }

        SignalSet held = default, before = default;
        held[0] = s_held;
        _ = SetMask(s_block, &held, &before);
        return new HeldSignals(before);
    }

    /// <summary>Lets through what the thread let through before.</summary>
    public void Dispose()
    {
        if (_isHeld)
        {
            SignalSet before = _before;
            _ = SetMask(s_set, &before, null);
        }
    }

    private static ulong Bit(int signal) => 1UL << (signal - 1);

    [SuppressGCTransition]
    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int SetMask(int how, SignalSet* signals, SignalSet* before);

    /// <summary>sigset_t, with the 1024 bits of the largest one; bit s - 1 of the first number is signal s.</summary>
    [InlineArray(16)]
    private struct SignalSet
    {
        private ulong _first;
    }
}
