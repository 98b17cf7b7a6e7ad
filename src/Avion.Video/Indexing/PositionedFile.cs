using Microsoft.Win32.SafeHandles;

namespace Avion.Video;

/// <summary>
/// One open file read by position. On Unix it calls the C library directly, because opening a file for each clip through
/// <see cref="File"/> would allocate; the access pattern is declared random, which keeps the kernel from reading ahead twice the bytes.
/// </summary>
internal sealed unsafe partial class PositionedFile : IDisposable
{
    private const int ReadOnly = 0;
    private const int SeekEnd = 2;
    private const int AdviseRandom = 1;
    private const int WorkingFolder = -100;
    private const int EmptyPath = 0x1000;
    private const int ErrorNoEntry = 2;
    private const int ErrorInterrupted = 4;
    private const int ErrorNotDirectory = 20;
    private const int ErrorIsDirectory = 21;
    private const int ErrorNotSeekable = 29;

    private static readonly int s_openFlags = OperatingSystem.IsMacOS()
        ? ReadOnly | 0x1000000 | 0x4 // close on exec, do not wait for a writer
        : ReadOnly | 0x80000 | 0x800;

    private int _descriptor = -1;
    private SafeFileHandle? _handle;
    private string _path = string.Empty;
    private byte[] _pathUtf8 = [];
    private FileIdentity _identity;

    /// <summary>The open file; null when none is.</summary>
    public string? Path => _descriptor >= 0 || _handle is not null ? _path : null;

    /// <summary>Bytes of the open file.</summary>
    public long Length { get; private set; }

    /// <summary>When the open file was last changed, in a unit that only serves comparison; 0 where the system does not say.</summary>
    public long Modified => _identity.Modified;

    /// <summary>Files opened since this object was made.</summary>
    public long OpenCalls { get; private set; }

    /// <summary>Positioned reads since this object was made.</summary>
    public long ReadCalls { get; private set; }

    /// <summary>Bytes of those reads.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Time of opening and reading, in <see cref="Stopwatch"/> ticks.</summary>
    public long ReadTicks { get; private set; }

    /// <summary>Opens a file in place of the one that is open.</summary>
    /// <param name="path">Path for messages and for Windows.</param>
    /// <param name="pathUtf8">The same path, zero-terminated.</param>
    public void Open(string path, byte[] pathUtf8)
    {
        long started = Stopwatch.GetTimestamp();
        OpenCalls++;
        OpenDescriptor(path, pathUtf8);
        ReadTicks += Stopwatch.GetTimestamp() - started;
    }

    /// <summary>Whether the path still names the open file, unchanged since it was opened; false where the system cannot tell without
    /// opening it.</summary>
    public bool IsCurrent()
    {
        fixed (byte* path = _pathUtf8)
        {
            return OperatingSystem.IsLinux() && _descriptor >= 0 && _identity != default
                && Identify(WorkingFolder, path, flags: 0) == _identity;
        }
    }

    /// <summary>Reads up to the buffer's length from a position; fewer bytes only at the end of the file.</summary>
    public int Read(Span<byte> buffer, long offset)
    {
        long started = Stopwatch.GetTimestamp();
        ReadCalls++;
        int total = 0;
        while (total < buffer.Length)
        {
            int count = ReadOnce(buffer[total..], offset + total);
            if (count == 0)
            {
                break;
            }

            total += count;
        }

        BytesRead += total;
        ReadTicks += Stopwatch.GetTimestamp() - started;
        return total;
    }

    public void Close()
    {
        _handle?.Dispose();
        _handle = null;
        if (_descriptor >= 0)
        {
            _ = NativeClose(_descriptor);
            _descriptor = -1;
        }
    }

    public void Dispose() => Close();

    private void OpenDescriptor(string path, byte[] pathUtf8)
    {
        Close();
        (_path, _pathUtf8) = (path, pathUtf8);
        if (OperatingSystem.IsWindows())
        {
            OpenManaged(path);
            return;
        }

        fixed (byte* address = pathUtf8)
        {
            _descriptor = NativeOpen(address, s_openFlags);
        }

        if (_descriptor < 0)
        {
            throw Failure(Marshal.GetLastPInvokeError());
        }

        Length = NativeSeek(_descriptor, 0, SeekEnd);
        if (Length < 0 || Length == long.MaxValue)
        {
            int error = Length < 0 ? Marshal.GetLastPInvokeError() : ErrorIsDirectory;
            Close();
            throw Failure(error);
        }

        if (OperatingSystem.IsLinux())
        {
            byte nothing = 0;
            _ = NativeAdvise(_descriptor, 0, 0, AdviseRandom);
            _identity = Identify(_descriptor, &nothing, EmptyPath);
        }
        else
        {
            _identity = new FileIdentity(0, Length, File.GetLastWriteTimeUtc(path).Ticks);
        }
    }

    /// <summary>What the system knows of a file; statx has one layout on all processors, which fstat has not.</summary>
    private static FileIdentity Identify(int folder, byte* path, int flags)
    {
        const uint modificationTime = 0x40, number = 0x100, size = 0x200;
        byte* status = stackalloc byte[256];
        try
        {
            return NativeStatus(folder, path, flags, modificationTime | number | size, status) < 0
                ? default
                : new FileIdentity(*(long*)(status + 32), *(long*)(status + 40),
                    (*(long*)(status + 112) * 1_000_000_000) + *(uint*)(status + 120));
        }
        catch (EntryPointNotFoundException)
        {
            return default;
        }
    }

    private int ReadOnce(Span<byte> buffer, long offset)
    {
        if (_handle is not null)
        {
            return RandomAccess.Read(_handle, buffer, offset);
        }

        fixed (byte* address = buffer)
        {
            while (true)
            {
                nint count = NativeRead(_descriptor, address, (nuint)buffer.Length, offset);
                if (count >= 0)
                {
                    return (int)count;
                }

                int error = Marshal.GetLastPInvokeError();
                if (error != ErrorInterrupted)
                {
                    throw Failure(error);
                }
            }
        }
    }

    private void OpenManaged(string path)
    {
        try
        {
            _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete,
                FileOptions.RandomAccess);
            Length = RandomAccess.GetLength(_handle);
            _identity = new FileIdentity(0, Length, File.GetLastWriteTimeUtc(path).Ticks);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Failure(ErrorNoEntry);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new VideoException(VideoErrorKind.Unreadable, path, $"Cannot read '{path}': {exception.Message}",
                innerException: exception);
        }
    }

    private VideoException Failure(int error) => error switch
    {
        ErrorNoEntry or ErrorNotDirectory when FileNames.FaultOf(_path) is { } fault => new VideoException(
            VideoErrorKind.Unreadable, _path, $"Cannot read '{_path}': {fault}."),
        ErrorNoEntry or ErrorNotDirectory => new VideoException(VideoErrorKind.NotFound, _path, $"Cannot open '{_path}': no such file."),
        ErrorIsDirectory => new VideoException(
            VideoErrorKind.Unreadable, _path, $"Cannot read '{_path}': it is a folder; a video file is expected."),
        ErrorNotSeekable => new VideoException(
            VideoErrorKind.Unreadable, _path,
            $"Cannot read '{_path}': it is a pipe or a device; a file that can be read at any position is expected."),
        _ => new VideoException(
            VideoErrorKind.Unreadable, _path, $"Cannot read '{_path}': {Marshal.GetPInvokeErrorMessage(error)} (system error {error})."),
    };

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int NativeOpen(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int NativeClose(int descriptor);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long NativeSeek(int descriptor, long offset, int origin);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint NativeRead(int descriptor, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int NativeStatus(int descriptor, byte* path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int NativeAdvise(int descriptor, long offset, long length, int advice);

    /// <summary>By what another or a changed file is noticed: its number in the file system, its length, when it was changed.</summary>
    private readonly record struct FileIdentity(long Number, long Length, long Modified);
}
