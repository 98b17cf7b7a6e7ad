using System.Buffers.Binary;
using System.IO.Compression;

namespace Avion.Video.Tests;

/// <summary>Small edits of mp4 and mov files that leave all sizes and places as they are, or only move what comes last.</summary>
internal static class Mp4Surgery
{
    private static readonly string[] s_containers = ["moov", "trak", "mdia", "minf", "stbl", "edts", "udta", "mvex"];

    /// <summary>A display matrix in tkhd's and mvhd's order: a b u, c d v, x y w.</summary>
    public static int[] Matrix(int a, int b, int c, int d) => [a, b, 0, c, d, 0, 0, 0, 1 << 30];

    /// <summary>Makes the first box of a type one that readers skip.</summary>
    public static byte[] WithoutBox(byte[] file, string type)
    {
        byte[] edited = [.. file];
        "free"u8.CopyTo(edited.AsSpan(Find(file, type) + 4));
        return edited;
    }

    /// <summary>Moves every entry of stss but the first by some samples, so that it marks pictures that are no keyframes.</summary>
    public static byte[] WithMovedKeyframes(byte[] file, int by)
    {
        byte[] edited = [.. file];
        int at = Find(file, "stss") + 16;
        uint count = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at - 4));
        for (int entry = 1; entry < count; entry++)
        {
            Span<byte> number = edited.AsSpan(at + (4 * entry));
            BinaryPrimitives.WriteUInt32BigEndian(number, (uint)(BinaryPrimitives.ReadUInt32BigEndian(number) + by));
        }

        return edited;
    }

    /// <summary>Writes the matrix of the nth track (from 0), or of the movie (−1).</summary>
    public static byte[] WithMatrix(byte[] file, int track, int[] matrix)
    {
        byte[] edited = [.. file];
        int at = track < 0 ? Find(file, "mvhd") + 44 : Find(file, "tkhd", track) + 48;
        for (int i = 0; i < matrix.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(edited.AsSpan(at + (4 * i)), matrix[i]);
        }

        return edited;
    }

    /// <summary>Takes the flag "enabled" off the nth track.</summary>
    public static byte[] WithDisabledTrack(byte[] file, int track)
    {
        byte[] edited = [.. file];
        edited[Find(file, "tkhd", track) + 11] &= 0xFE;
        return edited;
    }

    /// <summary>Writes another size of pictures into the first sample description.</summary>
    public static byte[] WithDeclaredSize(byte[] file, string format, int width, int height)
    {
        byte[] edited = [.. file];
        int descriptions = Find(file, "stsd");
        int at = descriptions + file.AsSpan(descriptions).IndexOf(Encoding.ASCII.GetBytes(format)) - 4;
        BinaryPrimitives.WriteUInt16BigEndian(edited.AsSpan(at + 32), (ushort)width);
        BinaryPrimitives.WriteUInt16BigEndian(edited.AsSpan(at + 34), (ushort)height);
        return edited;
    }

    /// <summary>Packs the movie box, which has to be the last, as QuickTime does (cmov).</summary>
    public static byte[] WithCompressedMovie(byte[] file)
    {
        int at = Find(file, "moov");
        byte[] movie = file[at..];
        using MemoryStream packed = new();
        using (ZLibStream deflate = new(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(movie);
        }

        byte[] size = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, movie.Length);
        byte[] data = Box("cmvd", [.. size, .. packed.ToArray()]);
        return [.. file[..at], .. Box("moov", Box("cmov", [.. Box("dcom", "zlib"u8.ToArray()), .. data]))];
    }

    /// <summary>Turns every copy of an AV1 sequence header but the first into padding of the same size.</summary>
    public static byte[] WithOneSequenceHeader(byte[] file)
    {
        const byte withSize = 0x0A;
        const byte padding = 0x7A;
        byte[] edited = [.. file];
        int configuration = file.AsSpan().IndexOf("av1C"u8) + 8;
        int length = 2 + file[configuration + 1];
        byte[] header = file[configuration..(configuration + length)];
        Assert.Equal(withSize, header[0]);
        int seen = 0;
        int samples = Find(file, "mdat");
        for (int at = samples; at + length < file.Length; at++)
        {
            if (at != configuration && file.AsSpan(at, length).SequenceEqual(header) && seen++ > 0)
            {
                edited[at] = padding;
            }
        }

        Assert.InRange(seen, 2, int.MaxValue);
        return edited;
    }

    /// <summary>Marks every chunk of an AVI file's index as a keyframe.</summary>
    public static byte[] WithAllChunksKeyframes(byte[] file)
    {
        byte[] edited = [.. file];
        int at = file.AsSpan().LastIndexOf("idx1"u8);
        int bytes = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 4));
        for (int entry = at + 8; entry + 16 <= at + 8 + bytes; entry += 16)
        {
            edited[entry + 4] |= 0x10;
        }

        return edited;
    }

    /// <summary>Takes packets out of a transport stream behind its tables, as if the recording had begun later.</summary>
    public static byte[] WithLateStart(byte[] file, int packets)
    {
        const int packetBytes = 188;
        const int tables = 3;
        return [.. file[..(tables * packetBytes)], .. file[((tables + packets) * packetBytes)..]];
    }

    private static byte[] Box(string type, byte[] content)
    {
        byte[] size = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, content.Length + 8);
        return [.. size, .. Encoding.ASCII.GetBytes(type), .. content];
    }

    private static int Find(byte[] file, string type, int nth = 0)
    {
        int found = TryFind(file, type, 0, file.Length, ref nth);
        return found >= 0 ? found : throw new InvalidOperationException($"no box {type}");
    }

    private static int TryFind(byte[] file, string type, int from, int to, ref int nth)
    {
        for (int at = from; at + 8 <= to;)
        {
            int size = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            string found = Encoding.ASCII.GetString(file, at + 4, 4);
            size = size == 0 ? to - at : Math.Max(8, size);
            if (found == type && nth-- == 0)
            {
                return at;
            }

            int inside = s_containers.Contains(found) ? TryFind(file, type, at + 8, at + size, ref nth) : -1;
            if (inside >= 0)
            {
                return inside;
            }

            at += size;
        }

        return -1;
    }
}
