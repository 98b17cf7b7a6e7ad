using System.IO.MemoryMappedFiles;

namespace Avion.Models;

/// <summary>A file as read-only memory: only the pages that are touched are read, so it may be larger than the machine's memory.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;

    public MappedFile(string path)
    {
        using FileStream stream = RegularFile.OpenStream(path, bufferBytes: 0);
        Length = stream.Length;
        if (Length == 0)
        {
            return;
        }

        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    public long Length { get; }

    /// <summary>Part of the file; the caller has checked the bounds against untrusted input, this checks them against bugs.</summary>
    public ReadOnlySpan<byte> Slice(long offset, int count)
    {
        ObjectDisposedException.ThrowIf(_view is { SafeMemoryMappedViewHandle.IsClosed: true }, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - count);
        return new ReadOnlySpan<byte>(_start + offset, count);
    }

    /// <summary>Part of the file as a stream.</summary>
    public Stream OpenRead(long offset, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - count);
        return count == 0 ? Stream.Null : new UnmanagedMemoryStream(_start + offset, count);
    }

    public void Dispose()
    {
        if (_view is { SafeMemoryMappedViewHandle.IsClosed: false })
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file!.Dispose();
        }
    }
}
