using System.Buffers.Binary;

namespace Avion.Video.Tests;

/// <summary>Tar archives byte by byte, so that headers can say what no program writes.</summary>
internal static class TarText
{
    public const int BlockBytes = 512;

    /// <summary>A header and contents; the header's sum is right.</summary>
    /// <param name="name">Name, at most 100 bytes.</param>
    /// <param name="content">Contents.</param>
    /// <param name="type">Kind of member.</param>
    /// <param name="change">Changes the header before it is summed.</param>
    public static byte[] Member(string name, ReadOnlySpan<byte> content, char type = '0', Action<byte[]>? change = null)
    {
        byte[] header = new byte[BlockBytes];
        Encoding.UTF8.GetBytes(name, header);
        Octal(header, 100, 8, 420);
        Octal(header, 124, 12, content.Length);
        header[156] = (byte)type;
        "ustar\0"u8.CopyTo(header.AsSpan(257));
        "00"u8.CopyTo(header.AsSpan(263));
        change?.Invoke(header);
        Sum(header);
        byte[] padded = new byte[(content.Length + BlockBytes - 1) / BlockBytes * BlockBytes];
        content.CopyTo(padded);
        return [.. header, .. padded];
    }

    /// <summary>Makes the sum of a header right again.</summary>
    public static void Sum(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte value in header)
        {
            sum += value;
        }

        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", header[148..]);
    }

    /// <summary>Declares a number of bytes as GNU's programs do above 8 GB.</summary>
    public static void Base256(byte[] header, long size)
    {
        header.AsSpan(124, 12).Clear();
        header[124] = 0x80;
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(128), size);
    }

    private static void Octal(byte[] header, int at, int length, long value) =>
        Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(length - 1, '0'), header.AsSpan(at));
}
