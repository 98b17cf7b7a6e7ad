using System.Runtime.InteropServices;

namespace Avion.Training;

/// <summary>Changes of folders that survive a loss of power: each returns when the disk holds it.</summary>
internal static partial class DurableFolder
{
    /// <summary>Renames a folder within its parent and waits until the new name is on the disk.</summary>
    public static void Rename(string source, string destination)
    {
        Directory.Move(source, destination);
        Sync(Path.GetDirectoryName(destination)!);
    }

    /// <summary>Copies a file and waits until the copy's content is on the disk.</summary>
    public static void Copy(string source, string destination)
    {
        File.Copy(source, destination, overwrite: true);
        using FileStream stream = new(destination, FileMode.Open, FileAccess.ReadWrite);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Replaces a small text file in one step: readers see the old text or the new one, never a part.</summary>
    public static void ReplaceText(string path, string text)
    {
        string temporary = path + ".partial";
        using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        Sync(Path.GetDirectoryName(path)!);
    }

    /// <summary>Waits until the names in a folder are on the disk. Windows has no such call and
    /// needs none: its journal orders renames.</summary>
    public static void Sync(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Native.Open(folder, flags: 0);
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
