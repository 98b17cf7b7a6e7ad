namespace Avion.Models;

/// <summary>Takes numbers and texts from a pickle's bytes, checking every length against what is left.</summary>
internal ref struct PickleBytes
{
    private readonly ReadOnlySpan<byte> _bytes;

    public PickleBytes(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public int Position { get; private set; }

    public ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > _bytes.Length - Position)
        {
            throw new PickleException($"it ends at byte {_bytes.Length}, in the middle of a value");
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    public void Skip(int count) => Take(count);

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public long UInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public double DoubleBigEndian() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>Text up to the next line feed, which is skipped.</summary>
    public string Line()
    {
        int length = _bytes[Position..].IndexOf((byte)'\n');
        string text = Latin1(Take(length < 0 ? long.MaxValue : length));
        Skip(1);
        return text.TrimEnd('\r');
    }

    public static string Latin1(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    public static string Utf8(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    public static double ParseDouble(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw new PickleException("a number is damaged");

    /// <summary>A quoted text of protocol 0, with its backslash escapes.</summary>
    public static string Unquote(string text) => text.Length >= 2 && text[0] == text[^1] && text[0] is '\'' or '"'
        ? Unescape(text[1..^1])
        : throw new PickleException("a quoted text is damaged");

    /// <summary>Resolves backslash escapes: \n, \\, \', \xHH, \uHHHH.</summary>
    public static string Unescape(string text)
    {
        StringBuilder result = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }

            int digits = text[++i] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (digits == 0)
            {
                result.Append(text[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', char other => other });
            }
            else if (i + digits < text.Length
                && uint.TryParse(text.AsSpan(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code)
                && Rune.IsValid(code))
            {
                result.Append(new Rune(code).ToString());
                i += digits;
            }
            else
            {
                throw new PickleException("an escaped character is damaged");
            }
        }

        return result.ToString();
    }
}
