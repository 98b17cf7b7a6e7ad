namespace Avion.Data;

/// <summary>A name that a pickle refers to. Only a few names of NumPy are ever made; nothing is ever called.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>Bytes of a pickle that are left where they are, since they may be larger than memory.</summary>
/// <param name="Offset">Where they begin in the file; without meaning when <paramref name="Memory"/> holds them.</param>
/// <param name="Length">How many bytes the file has for them.</param>
/// <param name="IsLatin1InUtf8">Protocol 2 has no bytes: NumPy's data is a string of code points below 256, stored as UTF-8.</param>
/// <param name="Memory">The bytes where they are no plain range of the file.</param>
internal sealed record PickleBytes(long Offset, long Length, bool IsLatin1InUtf8 = false, byte[]? Memory = null)
{
    /// <summary>Fills a buffer with the next bytes, undoing the text form.</summary>
    /// <exception cref="DataException">There are fewer bytes.</exception>
    public void Read(PickleStream file, ref long position, Span<byte> destination)
    {
        if (Memory is not null)
        {
            if (position + destination.Length > Memory.Length)
            {
                throw file.Error($"an array has {Memory.Length} bytes, expected at least {position + destination.Length}.");
            }

            Memory.AsSpan((int)position, destination.Length).CopyTo(destination);
            position += destination.Length;
            return;
        }

        file.Position = Offset + position;
        if (!IsLatin1InUtf8)
        {
            if (position + destination.Length > Length)
            {
                throw file.Error($"an array has {Length} bytes, expected at least {position + destination.Length}.");
            }

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
        byte first = file.Position < Offset + Length ? file.ReadByte() : throw file.Error("an array has fewer bytes than its shape needs.");
        if (first < 0x80)
        {
            return first;
        }

        byte second = file.ReadByte();
        return first is 0xC2 or 0xC3 && (second & 0xC0) == 0x80
            ? (byte)(((first & 3) << 6) | (second & 0x3F))
            : throw file.Error("an array's data is text with characters above 255.");
    }
}

/// <summary>Text escapes of protocol 0.</summary>
internal static class PickleText
{
    /// <summary>Python's raw-unicode-escape: \uXXXX and \UXXXXXXXX, all else as it stands.</summary>
    public static string UnescapeUnicode(string line)
    {
        StringBuilder text = new(line.Length);
        for (int i = 0; i < line.Length; i++)
        {
            int digits = i + 1 < line.Length && line[i] == '\\' ? line[i + 1] switch { 'u' => 4, 'U' => 8, _ => 0 } : 0;
            if (digits == 0 || i + 2 + digits > line.Length)
            {
                text.Append(line[i]);
                continue;
            }

            int code = TextTable.CodePoint(line.AsSpan(i + 2, digits));
            text.Append(Rune.IsValid(code) ? new Rune(code).ToString() : code < 0x10000 ? ((char)code).ToString() : "\uFFFD");
            i += 1 + digits;
        }

        return text.ToString();
    }

    /// <summary>A quoted Python string: 'text' with the escapes that repr writes.</summary>
    public static string? Unquote(string line)
    {
        line = line.Trim();
        if (line.Length < 2 || line[0] is not ('\'' or '"') || line[^1] != line[0])
        {
            return null;
        }

        StringBuilder text = new(line.Length);
        for (int i = 1; i < line.Length - 1; i++)
        {
            if (line[i] != '\\')
            {
                text.Append(line[i]);
                continue;
            }

            i++;
            if (line[i] == 'x' && i + 2 < line.Length - 1)
            {
                text.Append((char)TextTable.CodePoint(line.AsSpan(i + 1, 2)));
                i += 2;
            }
            else
            {
                text.Append(line[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', char other => other });
            }
        }

        return text.ToString();
    }
}
