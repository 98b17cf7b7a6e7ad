using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Avion.App.Tests;

/// <summary>A terminal of which the test is the screen; disposing it hangs up.</summary>
internal sealed partial class PseudoTerminal : IDisposable
{
    // Not to be handed on: a child that has the screen too keeps the terminal from hanging up.
    private const int ReadWrite = 2, NoControl = 0x100, CloseOnExec = 0x80000;

    private readonly FileStream _screen;

    public PseudoTerminal()
    {
        int descriptor = OpenTerminal(ReadWrite | NoControl | CloseOnExec);
        Assert.True(descriptor >= 0 && Grant(descriptor) == 0 && Unlock(descriptor) == 0, $"No pseudo-terminal: error {Marshal.GetLastPInvokeError()}.");
        _screen = new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read, bufferSize: 0);
        Name = Marshal.PtrToStringUTF8(NameOf(descriptor))!;
    }

    /// <summary>What a program opens.</summary>
    public string Name { get; }

    /// <summary>Reads what is shown until a text comes.</summary>
    public async Task ReadUntilAsync(string text, CancellationToken cancellation)
    {
        StringBuilder shown = new();
        byte[] bytes = new byte[4096];
        while (!shown.ToString().Contains(text, StringComparison.Ordinal))
        {
            try
            {
                int count = await Task.Run(() => _screen.Read(bytes), cancellation).WaitAsync(cancellation);
                shown.Append(Encoding.UTF8.GetString(bytes, 0, count));
            }
            catch (Exception error) when (error is IOException or OperationCanceledException)
            {
                Assert.Fail($"The terminal ended without '{text}': {error.Message}\n{shown}");
            }
        }
    }

    public void Dispose() => _screen.Dispose();

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenTerminal(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int Grant(int descriptor);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int Unlock(int descriptor);

    [LibraryImport("libc", EntryPoint = "ptsname", SetLastError = true)]
    private static partial nint NameOf(int descriptor);
}
