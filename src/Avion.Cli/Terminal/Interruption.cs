using System.Runtime.InteropServices;

namespace Avion.Cli;

/// <summary>Ctrl-C, SIGTERM and SIGHUP as a cancellation token; a later one ends the process at once.</summary>
/// <remarks>The first signal leaves the command time to save; a later one is for a command that does not answer. Those that follow the first
/// within <see cref="SameStop"/> belong to it: GNU <c>timeout</c> and batch systems signal a process and then its group.</remarks>
internal sealed class Interruption : IDisposable
{
    /// <summary>How long signals belong to the first one.</summary>
    public static readonly TimeSpan SameStop = TimeSpan.FromSeconds(2);

    private static readonly PosixSignal[] s_signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Lock _lock = new();
    private readonly TextWriter _error;
    private readonly TimeProvider _time;
    private long? _firstAt;

    /// <param name="error">Where it is told.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public Interruption(TextWriter error, TimeProvider? time = null)
    {
        (_error, _time) = (error, time ?? TimeProvider.System);
        _registrations = [.. s_signals.Where(signal => !IsIgnored(signal)).Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _source.Dispose();
    }

    /// <summary>Whether the program was started with SIGHUP ignored, as <c>nohup</c> does: then it stays ignored.</summary>
    private static bool IsIgnored(PosixSignal signal)
    {
        const string Field = "SigIgn:", Status = "/proc/self/status";
        if (signal != PosixSignal.SIGHUP || !File.Exists(Status))
        {
            return false;
        }

        // A mask in hexadecimal, whose lowest bit is signal 1, SIGHUP.
        string? mask = File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal));
        return mask is not null && ulong.TryParse(mask.AsSpan(Field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture,
            out ulong ignored) && (ignored & 1) != 0;
    }

    /// <summary>Takes a signal; what it leaves uncancelled ends the process.</summary>
    internal void OnSignal(PosixSignalContext context)
    {
        lock (_lock)
        {
            context.Cancel = _firstAt is not { } first || _time.GetElapsedTime(first) < SameStop;
            if (_firstAt is not null)
            {
                return;
            }

            _firstAt = _time.GetTimestamp();
        }

        _error.WriteLine();
        _error.WriteLine($"Stopping; another Ctrl-C after {SameStop.TotalSeconds:0} seconds ends the program at once.");
        _source.Cancel();
    }
}
