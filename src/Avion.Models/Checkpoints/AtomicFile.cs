namespace Avion.Models;

/// <summary>A file that appears whole or not at all: written beside its name, synced, then renamed.</summary>
internal sealed class AtomicFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporaryPath;
    private bool _isComplete;

    public AtomicFile(string path)
    {
        _path = path;
        _temporaryPath = $"{path}.{Environment.ProcessId}.partial";
        Stream = new FileStream(_temporaryPath, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 20);
    }

    public FileStream Stream { get; }

    public void Complete()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(_temporaryPath, _path, overwrite: true);
        _isComplete = true;
    }

    public void Dispose()
    {
        if (_isComplete)
        {
            return;
        }

        try
        {
            Stream.Dispose();
        }
        catch (IOException)
        {
            // A full disk fails again on closing; the failure that matters is already on its way, and the file is removed below.
        }

        File.Delete(_temporaryPath);
    }
}
