using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Avion.Files;

/// <summary>Changes of files and folders that survive a loss of power: each returns when the disk holds it.</summary>
public static partial class DurableFiles
{
    private const int ReadOnly = 0;

    /// <summary>Writes a file in one step: readers see the old content or the new one, never a part.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using AtomicFile file = new(path, bufferBytes: 0);
        file.Stream.Write(content);
        file.Complete();
    }

    /// <summary>Writes a file of text, UTF-8, in one step.</summary>
    public static void WriteText(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Copies a file in one step.</summary>
    public static void Copy(string source, string destination)
    {
        using FileStream content = new(source, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        using AtomicFile file = new(destination, bufferBytes: 0);
        content.CopyTo(file.Stream, 1 << 20);
        file.Complete();
    }

    /// <summary>Renames a folder within its parent.</summary>
    public static void RenameFolder(string source, string destination)
    {
        Directory.Move(source, destination);
        SyncFolder(Path.GetDirectoryName(destination)!);
    }

    /// <summary>Removes a folder and what is in it, if it is there.</summary>
    public static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Waits until the content of a file is on the disk.</summary>
    public static void Sync(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Waits until the names in a folder are on the disk. Windows has no such call and needs none: its journal orders
    /// renames.</summary>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Native.Open(folder, ReadOnly);
        if (descriptor < 0)
        {
            throw new IOException($"Cannot open the folder '{folder}' to sync it: error {Marshal.GetLastPInvokeError()}.");
        }

        // Some network file systems do not sync folders (EINVAL); they have no order to offer, so there is nothing to wait for.
        _ = Native.FSync(descriptor);
        _ = Native.Close(descriptor);
    }

    private static partial class Native
    {
        [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
        public static partial int Open(string path, int flags);

        [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
        public static partial int FSync(int descriptor);

        [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
        public static partial int Close(int descriptor);
    }
}
