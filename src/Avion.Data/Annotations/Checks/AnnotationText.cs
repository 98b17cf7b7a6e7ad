using System.Text.Unicode;

namespace Avion.Data;

/// <summary>The one rule for text of annotations: it is UTF-8 without half characters and NUL, or it is refused. Nothing is
/// repaired.</summary>
internal static class AnnotationText
{
    /// <summary>Whether a text that was decoded before is one; the rest of this class says why not.</summary>
    public static bool IsText(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0 && !text.Contains('\0');

    /// <summary>Whether bytes are text.</summary>
    public static bool IsText(ReadOnlySpan<byte> utf8) => Utf8.IsValid(utf8) && !utf8.Contains((byte)0);

    /// <summary>The text that bytes are, if they are text.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> utf8, out string text)
    {
        bool isText = IsText(utf8);
        text = isText ? Encoding.UTF8.GetString(utf8) : "";
        return isText;
    }

    /// <summary>The text of a field.</summary>
    /// <param name="path">The file.</param>
    /// <param name="place">Where in the file, such as "line 3".</param>
    /// <param name="field">Which field, such as "'caption'".</param>
    /// <param name="utf8">Its bytes.</param>
    /// <exception cref="DataException">It is no text.</exception>
    public static string Decode(string path, string place, string field, ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            int valid = 0;
            while (Rune.DecodeFromUtf8(utf8[valid..], out _, out int length) == System.Buffers.OperationStatus.Done)
            {
                valid += length;
            }

            throw new DataException($"'{path}' {place}, field {field}: got the byte 0x{utf8[valid]:X2} at place {valid}, "
                + "which is not UTF-8. Save the file as UTF-8; nothing is guessed.");
        }

        return Check(path, place, field, Encoding.UTF8.GetString(utf8));
    }

    /// <summary>A text that was decoded before, checked for what no caption or name holds.</summary>
    /// <exception cref="DataException">It has half of a surrogate pair, or NUL.</exception>
    public static string Check(string path, string place, string field, string text)
    {
        for (int i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                throw new DataException($"'{path}' {place}, field {field}: got half of a character, \\u{(int)text[i]:x4}, at place {i}. "
                    + "The text was cut in the middle of an emoji; write the whole character or leave it out.");
            }
        }

        int zero = text.IndexOf('\0');
        return zero < 0
            ? text
            : throw new DataException($"'{path}' {place}, field {field}: got a NUL character at place {zero}, expected text.");
    }
}
