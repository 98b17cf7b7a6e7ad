namespace Avion.Files;

/// <summary>Texts of pickles: UTF-8, and the escapes of protocol 0.</summary>
internal static class PickleText
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Text, or null for bytes that are not UTF-8: nothing is repaired.</summary>
    public static string? Decode(ReadOnlySpan<byte> utf8) =>
        System.Text.Unicode.Utf8.IsValid(utf8) ? s_strict.GetString(utf8) : null;

    /// <summary>Python's raw-unicode-escape: \uXXXX and \UXXXXXXXX, all else as it stands.</summary>
    public static string UnescapeUnicode(string line)
    {
        if (!line.Contains('\\'))
        {
            return line;
        }

        StringBuilder text = new(line.Length);
        for (int i = 0; i < line.Length; i++)
        {
            int digits = i + 1 < line.Length && line[i] == '\\' ? line[i + 1] switch { 'u' => 4, 'U' => 8, _ => 0 } : 0;
            if (digits == 0)
            {
                text.Append(line[i]);
                continue;
            }

            // Half of a surrogate pair stands as it is, for whoever wants this text to refuse it.
            int code = i + 2 + digits <= line.Length ? Hexadecimal(line.AsSpan(i + 2, digits)) : -1;
            text.Append(code is >= 0 and < 0x10000 ? ((char)code).ToString()
                : Rune.IsValid(code) ? new Rune(code).ToString()
                : throw new FileFaultException("an escaped character is damaged"));
            i += 1 + digits;
        }

        return text.ToString();
    }

    /// <summary>The bytes of a quoted string of Python 2: 'text' with the escapes that repr writes.</summary>
    public static byte[] Unquote(string line)
    {
        line = line.Trim();
        if (line.Length < 2 || line[0] is not ('\'' or '"') || line[^1] != line[0])
        {
            throw new FileFaultException("a string lacks its quotes");
        }

        byte[] bytes = new byte[line.Length];
        int count = 0;
        for (int i = 1; i < line.Length - 1; i++)
        {
            char letter = line[i];
            if (letter == '\\' && i + 1 < line.Length - 1)
            {
                letter = line[++i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', char other => other };
                if (letter == 'x')
                {
                    int code = i + 2 < line.Length - 1 ? Hexadecimal(line.AsSpan(i + 1, 2)) : -1;
                    letter = code >= 0 ? (char)code : throw new FileFaultException("an escaped character is damaged");
                    i += 2;
                }
            }

            bytes[count++] = (byte)letter;
        }

        return bytes[..count];
    }

    private static int Hexadecimal(ReadOnlySpan<char> digits) =>
        uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code) && code <= 0x10FFFF
            ? (int)code
            : -1;
}
