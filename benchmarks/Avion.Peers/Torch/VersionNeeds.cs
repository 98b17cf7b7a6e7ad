using System.Buffers.Binary;

namespace Avion.Peers;

/// <summary>The versions of other libraries' symbols that an ELF library names as needed.</summary>
/// <remarks>The loader refuses a library that names a version which is not there, unless the entry is marked weak. Source: Linux Standard Base
/// 5.0, "Symbol versioning": section of type SHT_GNU_verneed, entries Elfxx_Verneed and Elfxx_Vernaux.</remarks>
internal static class VersionNeeds
{
    private const uint SectionOfNeeds = 0x6ffffffe;
    private const ushort Weak = 2;

    /// <summary>Marks one version weak.</summary>
    /// <param name="image">A library for 64 bits, little-endian; changed.</param>
    /// <param name="version">Such as <c>GLIBCXX_3.4.32</c>.</param>
    public static void MarkWeak(Span<byte> image, string version)
    {
        long sections = Int64(image, 0x28);
        int size = UInt16(image, 0x3A), count = UInt16(image, 0x3C);
        for (int i = 0; i < count; i++)
        {
            Span<byte> section = image[(int)(sections + (i * size))..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) == SectionOfNeeds)
            {
                long names = Int64(image, (int)(sections + (Int32(section, 0x28) * size)) + 0x18);
                MarkIn(image, (int)Int64(section, 0x18), (int)names, version);
                return;
            }
        }
    }

    private static void MarkIn(Span<byte> image, int library, int names, string version)
    {
        while (true)
        {
            int entry = library + Int32(image[library..], 8);
            for (int left = UInt16(image, library + 2); left > 0; left--)
            {
                ReadOnlySpan<byte> name = image[(names + Int32(image[entry..], 8))..];
                if (Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]) == version)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(image[(entry + 4)..], Weak);
                }

                entry += Int32(image[entry..], 12);
            }

            int next = Int32(image[library..], 12);
            if (next == 0)
            {
                return;
            }

            library += next;
        }
    }

    private static long Int64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private static int Int32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
}
