using System.Buffers.Binary;

namespace Avion.Video;

/// <summary>How a file that may still be written can be read.</summary>
public enum RecordingState
{
    /// <summary>Too few bytes to tell.</summary>
    Unknown,

    /// <summary>Front to back while it grows: MPEG-TS, Matroska, fragmented mp4 and most others.</summary>
    Stream,

    /// <summary>Not before its writer has closed it: an mp4 or mov without its table, or with less than the table speaks of.</summary>
    Unfinished,

    /// <summary>An mp4 or mov with its table and all that it speaks of.</summary>
    Closed,
}

/// <summary>Looks at a file that may still be written.</summary>
public static class Recording
{
    private const int LargestTable = 1 << 28;

    /// <summary>How a file can be read as it lies there now. ISO/IEC 14496-12, 4.2 and 8.8.1.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses to open it.</exception>
    public static RecordingState Look(string path)
    {
        if (FileStatus.Of(path).Kind != FileKind.File)
        {
            throw new FileNotFoundException($"'{path}' is no file that can be followed, expected a video that is being written.", path);
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        Span<byte> header = stackalloc byte[16];
        long length = file.Length;
        bool hasTable = false;
        for (long at = 0; at < length;)
        {
            file.Position = at;
            int count = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
            if (count < 8)
            {
                return at == 0 ? RecordingState.Unknown : RecordingState.Unfinished;
            }

            if (at == 0 && !Mp4Movie.IsMp4(header[..count]))
            {
                return RecordingState.Stream;
            }

            // 0: to the end of the file, as far as that is known; 1: the length follows in 64 bits.
            ulong size = BinaryPrimitives.ReadUInt32BigEndian(header);
            size = size == 1 && count == 16 ? BinaryPrimitives.ReadUInt64BigEndian(header[8..]) : size;
            if (size == 0)
            {
                return hasTable ? RecordingState.Closed : RecordingState.Unfinished;
            }

            if (size < 8 || size > (ulong)(length - at))
            {
                return RecordingState.Unfinished;
            }

            if (header[4..8].SequenceEqual("moov"u8))
            {
                hasTable = true;
                if (size <= LargestTable && IsFragmented(file, at, (int)size))
                {
                    return RecordingState.Stream;
                }
            }

            at += (long)size;
        }

        return hasTable ? RecordingState.Closed : length == 0 ? RecordingState.Unknown : RecordingState.Unfinished;
    }

    /// <summary>Whether a table says that fragments follow it.</summary>
    private static bool IsFragmented(FileStream file, long at, int size)
    {
        byte[] table = new byte[size];
        file.Position = at;
        int count = file.ReadAtLeast(table, size, throwOnEndOfStream: false);
        return Mp4Box.TryFind(table.AsSpan(0, count), "moov"u8, out ReadOnlySpan<byte> content) && Mp4Box.TryFind(content, "mvex"u8, out _);
    }
}
