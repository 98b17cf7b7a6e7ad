using System.Numerics;
using System.Runtime.InteropServices;

namespace Avion.Data;

/// <summary>Writes numbers and bytes as they lie in memory (little-endian) and keeps a checksum of them.</summary>
internal sealed class CacheWriter(Stream stream)
{
    private uint _checksum = uint.MaxValue;

    public void Write(long value) => Write(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in value)));

    public void Write(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Write(utf8.Length);
        Write(utf8);
    }

    public void Write<T>(Column<T> column)
        where T : unmanaged
    {
        Write(column.Count);
        column.Write(Write);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        _checksum = CacheChecksum.Add(_checksum, bytes);
    }

    /// <summary>Ends a part with its checksum.</summary>
    public void WriteChecksum()
    {
        uint checksum = _checksum;
        stream.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in checksum)));
    }
}

/// <summary>CRC-32C, by the processor's instruction where it has one.</summary>
internal static class CacheChecksum
{
    public static uint Add(uint checksum, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
        {
            checksum = BitOperations.Crc32C(checksum, word);
        }

        foreach (byte value in bytes[(words.Length * sizeof(ulong))..])
        {
            checksum = BitOperations.Crc32C(checksum, value);
        }

        return checksum;
    }
}
