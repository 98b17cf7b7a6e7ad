using System.Runtime.InteropServices;

namespace Avion.Files;

/// <summary>What lies under a name.</summary>
public enum FileKind
{
    /// <summary>Nothing, or a link to nothing.</summary>
    Missing,

    /// <summary>An ordinary file.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A link, where links were not to be followed.</summary>
    Link,

    /// <summary>A link that leads to itself, alone or through others.</summary>
    Loop,

    /// <summary>A pipe, a socket or a device: opening it may wait for ever.</summary>
    Special,

    /// <summary>The system does not say.</summary>
    Unreadable,
}

/// <summary>One file or folder of the machine, by whatever names it is reached.</summary>
/// <param name="Device">Number of the file system.</param>
/// <param name="Inode">Number of the file in it.</param>
/// <param name="Path">Path where the system has no such numbers.</param>
public readonly record struct FileIdentity(ulong Device, ulong Inode, string? Path);

/// <summary>What the system says of a name without opening it.</summary>
/// <param name="Kind">What lies there.</param>
/// <param name="Identity">Which file or folder it is.</param>
/// <param name="Length">Bytes of a file.</param>
public readonly unsafe partial record struct FileStatus(FileKind Kind, FileIdentity Identity, long Length)
{
    private const int CurrentFolder = -100;
    private const int DoNotFollow = 0x100;
    private const uint BasicFields = 0x7FF;
    private const int ErrorNoEntry = 2;
    private const int ErrorNotDirectory = 20;
    private const int ErrorLoop = 40;

    /// <summary>Looks at a name.</summary>
    /// <param name="path">Path.</param>
    /// <param name="followsLinks">Look at what a link leads to, and not at the link.</param>
    public static FileStatus Of(string path, bool followsLinks = true)
    {
        if (!OperatingSystem.IsLinux())
        {
            return OfManaged(path, followsLinks);
        }

        // statx has one layout on all processors, which stat has not.
        byte* status = stackalloc byte[256];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            if (NativeStatus(CurrentFolder, name, followsLinks ? 0 : DoNotFollow, BasicFields, status) != 0)
            {
                return new FileStatus(KindOfError(Marshal.GetLastPInvokeError()), default, 0);
            }
        }

        ulong device = ((ulong)*(uint*)(status + 136) << 32) | *(uint*)(status + 140);
        return new FileStatus(
            KindOfMode(*(ushort*)(status + 28)), new FileIdentity(device, *(ulong*)(status + 32), null), *(long*)(status + 40));
    }

    /// <summary>Whether a path is a folder or lies in it, by whatever links.</summary>
    /// <param name="path">Path of which the last parts need not exist.</param>
    /// <param name="folder">Folder.</param>
    public static bool IsWithin(string path, string folder)
    {
        FileStatus wanted = Of(folder);
        string? start = Path.GetFullPath(path);
        while (start is not null && Of(start).Kind != FileKind.Folder)
        {
            start = Path.GetDirectoryName(start);
        }

        if (start is null || wanted.Kind != FileKind.Folder)
        {
            return false;
        }

        foreach (FileIdentity identity in WithAncestors(start))
        {
            if (identity == wanted.Identity)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A folder, the one that holds it, and so on up to the root, as they really lie, whatever links the path has.</summary>
    public static IEnumerable<FileIdentity> WithAncestors(string folder)
    {
        string path = Path.GetFullPath(folder);
        FileStatus status = Of(path);
        while (status.Kind == FileKind.Folder)
        {
            yield return status.Identity;
            // The system's "..", not the text's: the folder that holds the one which a link leads to.
            path = OperatingSystem.IsLinux() ? path + "/.." : Path.GetDirectoryName(path) ?? path;
            FileStatus above = Of(path);
            if (above.Identity == status.Identity)
            {
                yield break;
            }

            status = above;
        }
    }

    private static FileStatus OfManaged(string path, bool followsLinks)
    {
        try
        {
            FileSystemInfo entry = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
            if (!followsLinks && entry.LinkTarget is not null)
            {
                return new FileStatus(FileKind.Link, default, 0);
            }

            FileSystemInfo target = entry.ResolveLinkTarget(returnFinalTarget: true) ?? entry;
            FileIdentity identity = new(0, 0, target.FullName);
            return target switch
            {
                DirectoryInfo { Exists: true } => new FileStatus(FileKind.Folder, identity, 0),
                FileInfo { Exists: true } file => new FileStatus(FileKind.File, identity, file.Length),
                _ => default,
            };
        }
        catch (IOException)
        {
            return new FileStatus(FileKind.Loop, default, 0);
        }
        catch (UnauthorizedAccessException)
        {
            return new FileStatus(FileKind.Unreadable, default, 0);
        }
    }

    private static FileKind KindOfError(int error) => error switch
    {
        ErrorNoEntry or ErrorNotDirectory => FileKind.Missing,
        ErrorLoop => FileKind.Loop,
        _ => FileKind.Unreadable,
    };

    private static FileKind KindOfMode(ushort mode) => (mode & 0xF000) switch
    {
        0x8000 => FileKind.File,
        0x4000 => FileKind.Folder,
        0xA000 => FileKind.Link,
        _ => FileKind.Special,
    };

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int NativeStatus(int folder, byte* path, int flags, uint mask, byte* status);
}
