using System.Numerics;
using Microsoft.Win32.SafeHandles;

namespace Avion.Video;

/// <summary>
/// What an index file holds of one video: the index, and by what to notice that the video was replaced since.
/// </summary>
/// <param name="Name">Name of the video in its folder, or of the member in its tar shard.</param>
/// <param name="Offset">First byte of the video: 0 for a file, the start of the data for a tar member.</param>
/// <param name="Length">Bytes of the video.</param>
/// <param name="ModifiedTicks">Time of last change of the file that holds the bytes (UTC, 100 ns since year 1).</param>
/// <param name="Signature">CRC-32C of the first and the last 4 KiB.</param>
/// <param name="Checksum">CRC-32C of all bytes; null where the maker of the index did not read them all.</param>
/// <param name="Index">The frames.</param>
internal sealed record IndexRecord(
    string Name, long Offset, long Length, long ModifiedTicks, uint Signature, uint? Checksum, VideoIndex Index)
{
    private const int SignatureBytes = 4096;

    /// <summary>Describes a source as it lies on the disk now.</summary>
    /// <param name="name">Name in the folder or the shard.</param>
    /// <param name="source">Where the bytes lie.</param>
    /// <param name="index">Its frames.</param>
    /// <param name="withChecksum">Read all bytes for <see cref="Checksum"/>.</param>
    public static IndexRecord Describe(string name, in VideoSource source, VideoIndex index, bool withChecksum)
    {
        using SafeFileHandle file = File.OpenHandle(source.Path);
        long length = source.Length >= 0 ? source.Length : RandomAccess.GetLength(file) - source.Offset;
        return new IndexRecord(
            name, source.Offset, length, ModifiedTicksOf(source.Path), SignatureOf(file, source.Offset, length),
            withChecksum ? ChecksumOf(file, source.Offset, length) : null, index);
    }

    /// <summary>
    /// Whether the bytes that are at <paramref name="source"/> now are those that were indexed. Copying a file may change its time, so that
    /// a file of the same length with another time is compared by its first and last bytes.
    /// </summary>
    public bool IsCurrent(in VideoSource source)
    {
        using SafeFileHandle file = File.OpenHandle(source.Path);
        long length = source.Length >= 0 ? source.Length : RandomAccess.GetLength(file) - source.Offset;
        return length == Length && source.Offset == Offset &&
            (ModifiedTicksOf(source.Path) == ModifiedTicks || SignatureOf(file, source.Offset, length) == Signature);
    }

    /// <summary>
    /// Whether the bytes that are at <paramref name="source"/> now are those that were indexed, all of them: where the file's time is
    /// another, they are read and compared by their checksum. A change that leaves length and time as they were is
    /// for a verification to find.
    /// </summary>
    public bool IsUnchanged(in VideoSource source)
    {
        if (!IsCurrent(source))
        {
            return false;
        }

        if (Checksum is not { } checksum || ModifiedTicksOf(source.Path) == ModifiedTicks)
        {
            return true;
        }

        using SafeFileHandle file = File.OpenHandle(source.Path);
        return ChecksumOf(file, Offset, Length) == checksum;
    }

    /// <summary>CRC-32C (Castagnoli) of a part of a file.</summary>
    public static uint ChecksumOf(SafeFileHandle file, long offset, long length)
    {
        byte[] buffer = new byte[(int)Math.Min(1 << 18, Math.Max(8, length))];
        uint checksum = uint.MaxValue;
        while (length > 0)
        {
            int count = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length)), offset);
            if (count == 0)
            {
                break;
            }

            checksum = Extend(checksum, buffer.AsSpan(0, count));
            offset += count;
            length -= count;
        }

        return ~checksum;
    }

    /// <summary>CRC-32C (Castagnoli) of some bytes.</summary>
    public static uint ChecksumOf(ReadOnlySpan<byte> bytes) => ~Extend(uint.MaxValue, bytes);

    private static uint SignatureOf(SafeFileHandle file, long offset, long length)
    {
        Span<byte> buffer = stackalloc byte[SignatureBytes];
        int head = RandomAccess.Read(file, buffer[..(int)Math.Min(SignatureBytes, length)], offset);
        uint checksum = Extend(uint.MaxValue, buffer[..head]);
        int tail = RandomAccess.Read(file, buffer[..(int)Math.Min(SignatureBytes, length)], offset + Math.Max(0, length - SignatureBytes));
        return ~Extend(checksum, buffer[..tail]);
    }

    private static long ModifiedTicksOf(string path) => File.GetLastWriteTimeUtc(path).Ticks;

    private static uint Extend(uint checksum, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
        {
            checksum = BitOperations.Crc32C(checksum,
                BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (byte value in bytes[(words.Length * 8)..])
        {
            checksum = BitOperations.Crc32C(checksum, value);
        }

        return checksum;
    }
}
