using System.Buffers.Binary;

namespace Avion.Video;

/// <summary>Finds the movie box, which holds all tables of an mp4 or mov file, and reads it and little else.</summary>
internal static class Mp4Movie
{
    /// <summary>Covers the whole movie box of a 15-second chunk, so that opening one costs a single read.</summary>
    private const int HeadBytes = 12 * 1024;
    private const int MaximumMovieBytes = 512 << 20;
    private const int MaximumTopLevelBoxes = 1 << 16;

    /// <summary>Whether the first bytes of a file are those of an mp4 or mov file.</summary>
    public static bool IsMp4(ReadOnlySpan<byte> head)
    {
        if (head.Length < 8)
        {
            return false;
        }

        ReadOnlySpan<byte> type = head.Slice(4, 4);
        return type.SequenceEqual("ftyp"u8) || type.SequenceEqual("moov"u8) || type.SequenceEqual("mdat"u8) ||
            type.SequenceEqual("wide"u8) || type.SequenceEqual("free"u8) || type.SequenceEqual("skip"u8) || type.SequenceEqual("pnot"u8);
    }

    /// <summary>Contents of the movie box; null when the file is of another kind.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="source">The part of it that is the video.</param>
    /// <param name="length">Bytes of that part.</param>
    public static byte[]? Read(PositionedFile file, in VideoSource source, long length)
    {
        byte[] head = new byte[(int)Math.Min(HeadBytes, length)];
        int headLength = file.Read(head, source.Offset);
        if (!IsMp4(head.AsSpan(0, headLength)))
        {
            return null;
        }

        long position = 0;
        Span<byte> header = stackalloc byte[16];
        for (int box = 0; box < MaximumTopLevelBoxes && position + 8 <= length; box++)
        {
            int available = HeaderAt(file, source, position, head.AsSpan(0, headLength), length, header);
            long size = available < 8 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(header);
            int headerBytes = 8;
            if (size == 1 && available == 16)
            {
                size = BinaryPrimitives.ReadInt64BigEndian(header[8..]);
                headerBytes = 16;
            }
            else if (size == 0)
            {
                size = length - position;
            }

            if (size < headerBytes)
            {
                throw new VideoException(
                    VideoErrorKind.Corrupt, source.Path,
                    $"Cannot read '{source}': a box at byte {position} declares {size} bytes, less than its own header.");
            }

            if (header.Slice(4, 4).SequenceEqual("moov"u8))
            {
                return ReadContent(file, source, position + headerBytes, size - headerBytes, length, head.AsSpan(0, headLength));
            }

            if (size > length - position)
            {
                throw Truncated(source, length);
            }

            position += size;
        }

        throw Truncated(source, length);
    }

    private static int HeaderAt(
        PositionedFile file, in VideoSource source, long position, ReadOnlySpan<byte> head, long length, Span<byte> header)
    {
        int wanted = (int)Math.Min(16, length - position);
        if (position + wanted <= head.Length)
        {
            head.Slice((int)position, wanted).CopyTo(header);
            return wanted;
        }

        return file.Read(header[..wanted], source.Offset + position);
    }

    private static byte[] ReadContent(
        PositionedFile file, in VideoSource source, long position, long size, long length, ReadOnlySpan<byte> head)
    {
        if (size > length - position)
        {
            throw Truncated(source, length);
        }

        if (size > MaximumMovieBytes)
        {
            throw new VideoException(
                VideoErrorKind.Corrupt, source.Path,
                $"Cannot read '{source}': its tables declare {size} bytes, expected at most {MaximumMovieBytes}.");
        }

        byte[] content = new byte[(int)size];
        int known = (int)Math.Clamp(head.Length - position, 0, size);
        if (known > 0)
        {
            head.Slice((int)position, known).CopyTo(content);
        }

        if (known < size && file.Read(content.AsSpan(known), source.Offset + position + known) < size - known)
        {
            throw Truncated(source, length);
        }

        return content;
    }

    private static VideoException Truncated(in VideoSource source, long length) => new(
        VideoErrorKind.Truncated,
        source.Path,
        $"Cannot read '{source}': it ends after {length} bytes without its table of frames (moov); the copy or the recording was "
            + "cut short.");
}
