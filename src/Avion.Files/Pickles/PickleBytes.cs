namespace Avion.Files;

/// <summary>Bytes of a pickle that are left where they are, since they may be larger than memory.</summary>
/// <param name="Offset">Where they begin in the file; without meaning when <paramref name="Memory"/> holds them.</param>
/// <param name="Length">How many bytes the file has for them.</param>
/// <param name="IsLatin1InUtf8">Protocol 2 has no bytes: NumPy's data is a string of code points below 256, stored as UTF-8.</param>
/// <param name="Memory">The bytes where they are no plain range of the file.</param>
public sealed record PickleBytes(long Offset, long Length, bool IsLatin1InUtf8 = false, byte[]? Memory = null)
{
    /// <summary>Fills a buffer with the next bytes, undoing the text form.</summary>
    /// <exception cref="FileFaultException">There are fewer bytes.</exception>
    public void Read(PickleStream file, ref long position, Span<byte> destination)
    {
        if (!IsLatin1InUtf8 && position + destination.Length > Length)
        {
            throw file.Error($"an array has {Length} bytes, expected at least {position + destination.Length}");
        }

        if (Memory is not null)
        {
            Memory.AsSpan((int)position, destination.Length).CopyTo(destination);
            position += destination.Length;
            return;
        }

        file.Position = Offset + position;
        if (!IsLatin1InUtf8)
        {
            file.Read(destination);
        }
        else
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = ReadLatin1(file);
            }
        }

        position = file.Position - Offset;
    }

    private byte ReadLatin1(PickleStream file)
    {
        byte first = file.Position < Offset + Length ? file.ReadByte() : throw file.Error("an array has fewer bytes than its shape needs");
        if (first < 0x80)
        {
            return first;
        }

        byte second = file.ReadByte();
        return first is 0xC2 or 0xC3 && (second & 0xC0) == 0x80
            ? (byte)(((first & 3) << 6) | (second & 0x3F))
            : throw file.Error("an array's data is text with characters above 255");
    }
}
