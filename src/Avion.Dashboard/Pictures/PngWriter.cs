using System.Buffers.Binary;
using System.IO.Compression;

namespace Avion.Dashboard;

/// <summary>Encodes a picture as PNG: 8-bit red, green, blue, and alpha where a part is to be transparent, no interlacing.</summary>
/// <remarks>Source: W3C, Portable Network Graphics (third edition), sections 5, 7 and 9. Each row uses the Sub filter.</remarks>
public static class PngWriter
{
    private const int OpaqueChannels = 3, AllChannels = 4;
    private const byte OpaqueType = 2, AlphaType = 6;
    private static readonly uint[] s_crcTable = CreateCrcTable();

    /// <summary>Encodes rows of red, green, blue bytes, top row first.</summary>
    /// <param name="pixels">The rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="hasAlpha">Whether an alpha byte follows each blue one: 0 is transparent, 255 opaque.</param>
    /// <exception cref="ArgumentException">The pixels do not fill the picture exactly.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, bool hasAlpha = false)
    {
        int channels = hasAlpha ? AllChannels : OpaqueChannels;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (pixels.Length != width * height * channels)
        {
            throw new ArgumentException($"PngWriter.Encode: got {pixels.Length} bytes, expected {width} x {height} x {channels}.",
                nameof(pixels));
        }

        using MemoryStream png = new();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        (header[8], header[9]) = (8, hasAlpha ? AlphaType : OpaqueType);
        WriteChunk(png, "IHDR", header);
        WriteChunk(png, "IDAT", Compress(pixels, width * channels, channels));
        WriteChunk(png, "IEND", []);
        return png.ToArray();
    }

    private static byte[] Compress(ReadOnlySpan<byte> pixels, int stride, int channels)
    {
        const byte subFilter = 1;
        byte[] row = new byte[stride + 1];
        row[0] = subFilter;
        using MemoryStream compressed = new();
        using (ZLibStream zlib = new(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int start = 0; start < pixels.Length; start += stride)
            {
                ReadOnlySpan<byte> source = pixels.Slice(start, stride);
                for (int i = 0; i < stride; i++)
                {
                    row[i + 1] = (byte)(source[i] - (i < channels ? 0 : source[i - channels]));
                }
                zlib.Write(row);
            }
        }
        return compressed.ToArray();
    }

    private static void WriteChunk(Stream png, string type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        byte[] name = Encoding.ASCII.GetBytes(type);
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(name);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, name), data));
        png.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (byte value in data)
        {
            crc = s_crcTable[(crc ^ value) & 0xFF] ^ (crc >> 8);
        }
        return crc;
    }

    private static uint[] CreateCrcTable()
    {
        uint[] table = new uint[256];
        for (uint value = 0; value < table.Length; value++)
        {
            uint crc = value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : 0xEDB88320 ^ (crc >> 1);
            }
            table[value] = crc;
        }
        return table;
    }
}
