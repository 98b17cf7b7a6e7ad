namespace Avion.Video;

/// <summary>
/// The folder that a tree is prepared into. Unfinished work lies below <c>.avion</c> in it, on the same disk, so that a finished video
/// takes its place by a rename; a lock keeps a second run out.
/// </summary>
internal sealed class DestinationFolder : IDisposable
{
    private const string StateName = ".avion";
    private const string UnpackPrefix = "unpack-";
    private readonly FileStream _lock;

    private DestinationFolder(string path, FileStream fileLock)
    {
        Path = path;
        _lock = fileLock;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Folder of unfinished videos.</summary>
    public string Work => WorkOf(Path);

    /// <summary>Chunk tree that waits for being packed.</summary>
    public string Unpacked => UnpackedOf(Path);

    public static string WorkOf(string destination) => System.IO.Path.Combine(destination, StateName, "work");

    public static string UnpackedOf(string destination) => System.IO.Path.Combine(destination, StateName, "unpacked");

    /// <summary>A new name for a folder of chunks that is being taken out of a shard.</summary>
    public string NewUnpackFolder() => System.IO.Path.Combine(Work, $"{UnpackPrefix}{Guid.NewGuid():N}");

    /// <summary>Makes the folder where it is missing and takes its lock.</summary>
    /// <exception cref="IOException">It cannot be written, or another run has it.</exception>
    public static DestinationFolder Open(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        string state = System.IO.Path.Combine(full, StateName);
        FolderScope scope = new(full);
        foreach (string own in (string[])[$"{StateName}/lock", $"{StateName}/work", $"{StateName}/unpacked"])
        {
            scope.Resolve(own, "Avion's own state");
        }

        try
        {
            Directory.CreateDirectory(WorkOf(full));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot write into '{path}': {exception.Message}", exception);
        }

        try
        {
            FileStream held = new(
                System.IO.Path.Combine(state, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            RemoveLeftovers(full);
            return new DestinationFolder(full, held);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"Cannot write into '{path}': {exception.Message}", exception);
        }
        catch (IOException exception)
        {
            throw new IOException($"Another run prepares videos into '{path}' just now; let it end first. "
                + $"({exception.Message})", exception);
        }
    }

    /// <summary>Removes the state where nothing is unfinished, and gives the lock back.</summary>
    public void Dispose()
    {
        RemoveIfEmpty(Work);
        RemoveIfEmpty(Unpacked);
        _lock.Dispose();
    }

    /// <summary>What a run left that was killed while it packed, or wrote a list: nobody else works here as long
    /// as the lock is held.</summary>
    private static void RemoveLeftovers(string destination)
    {
        Leftovers.Remove(destination);
        foreach (string folder in Directory.GetDirectories(WorkOf(destination), UnpackPrefix + "*"))
        {
            DurableFiles.DeleteFolder(folder);
        }
    }

    private static void RemoveIfEmpty(string folder)
    {
        if (Directory.Exists(folder) && Directory.GetFileSystemEntries(folder).Length == 0)
        {
            Directory.Delete(folder);
        }
    }
}
