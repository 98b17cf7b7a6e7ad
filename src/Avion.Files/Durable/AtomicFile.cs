namespace Avion.Files;

/// <summary>A file that appears whole or not at all: written beside its name, synced, renamed, and the name synced.</summary>
public sealed class AtomicFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporaryPath;
    private bool _isComplete;

    /// <summary>Opens a file beside the one that it becomes; an older file of that name stays until then.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="bufferBytes">Small writes are collected up to so many bytes; 0 for content that is written in one go.</param>
    public AtomicFile(string path, int bufferBytes = 1 << 20)
    {
        _path = Path.GetFullPath(path);
        _temporaryPath = $"{_path}.{Guid.NewGuid():N}.partial";
        Stream = new FileStream(_temporaryPath, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferBytes);
    }

    /// <summary>Where the content goes.</summary>
    public FileStream Stream { get; }

    /// <summary>Puts the file on the disk and gives it its name.</summary>
    public void Complete()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(_temporaryPath, _path, overwrite: true);
        _isComplete = true;
        DurableFiles.SyncFolder(Path.GetDirectoryName(_path)!);
    }

    /// <summary>Closes the file, and removes it if it is not complete.</summary>
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
