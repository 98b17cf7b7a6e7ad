using Microsoft.Win32.SafeHandles;

namespace Avion.Video;

/// <summary>Files that are on the disk, under their name, before anything says so.</summary>
internal static unsafe partial class DurableFiles
{
    private const int ReadOnly = 0;

    /// <summary>Writes a file whole or not at all.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Waits until the contents of a file are on the disk.</summary>
    public static void Sync(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Waits until the names in a folder are on the disk.</summary>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        fixed (byte* path = Encoding.UTF8.GetBytes(folder + '\0'))
        {
            int descriptor = NativeOpen(path, ReadOnly);
            if (descriptor >= 0)
            {
                // Some network file systems refuse to sync a folder; they order names by themselves.
                _ = NativeSync(descriptor);
                _ = NativeClose(descriptor);
            }
        }
    }

    /// <summary>Removes a folder and what is in it, if it is there.</summary>
    public static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [LibraryImport("libc", EntryPoint = "open")]
    private static partial int NativeOpen(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int NativeSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int NativeClose(int descriptor);
}
