using System.Runtime.InteropServices;

namespace Avion.Cli;

/// <summary>Ctrl-C and SIGTERM as a cancellation token; the second one ends the process at once.</summary>
/// <remarks>The first signal leaves the command time to save; the second is for a command that does not answer.</remarks>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private readonly TextWriter _error;

    public Interruption(TextWriter error)
    {
        _error = error;
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
        {
            return;
        }
        context.Cancel = true;
        _error.WriteLine();
        _error.WriteLine("Stopping; a second Ctrl-C ends the program at once.");
        _source.Cancel();
    }
}
