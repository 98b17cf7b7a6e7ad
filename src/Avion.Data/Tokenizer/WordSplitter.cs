namespace Avion.Data;

/// <summary>Cuts a cleaned caption into words as CLIP's pattern does, without a regular expression.</summary>
/// <remarks>
/// <c>&lt;start_of_text&gt;|&lt;end_of_text&gt;|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+</c>, the first alternative
/// that fits at the leftmost place; the text is lower case already. Pattern: Radford et al. 2021, published tokenizer; see docs/data.md.
/// </remarks>
internal ref struct WordSplitter(ReadOnlySpan<byte> utf8)
{
    private readonly ReadOnlySpan<byte> _text = utf8;
    private int _at;

    private enum Kind : byte
    {
        Space,
        Letter,
        Number,
        Other,
    }

    public static ReadOnlySpan<byte> StartOfText => "<start_of_text>"u8;

    public static ReadOnlySpan<byte> EndOfText => "<end_of_text>"u8;

    /// <summary>The next word; false at the end.</summary>
    public bool Next(out ReadOnlySpan<byte> word)
    {
        Kind kind = Kind.Space;
        int length = 0;
        while (_at < _text.Length && (kind = KindAt(_at, out length)) == Kind.Space)
        {
            _at += length;
        }

        int start = _at;
        if (start >= _text.Length)
        {
            word = default;
            return false;
        }

        _at += kind == Kind.Other && FixedWord(_text[start..]) is int known and > 0 ? known : length;
        if (_at == start + length && kind is Kind.Letter or Kind.Other)
        {
            while (_at < _text.Length && KindAt(_at, out length) == kind)
            {
                _at += length;
            }
        }

        word = _text[start.._at];
        return true;
    }

    /// <summary>Length of a marker or of an English suffix at the beginning of a text; 0 for none.</summary>
    private static int FixedWord(ReadOnlySpan<byte> text)
    {
        if (text[0] == '<')
        {
            return text.StartsWith(StartOfText) ? StartOfText.Length : text.StartsWith(EndOfText) ? EndOfText.Length : 0;
        }

        if (text[0] != '\'' || text.Length < 2)
        {
            return 0;
        }

        return (char)text[1] switch
        {
            's' or 't' or 'm' or 'd' => 2,
            'r' or 'v' when text.Length > 2 && text[2] == 'e' => 3,
            'l' when text.Length > 2 && text[2] == 'l' => 3,

            // The long s is an s to a pattern that ignores case.
            '\u00C5' when text.Length > 2 && text[2] == 0xBF => 3,
            _ => 0,
        };
    }

    private readonly Kind KindAt(int at, out int length)
    {
        byte first = _text[at];
        if (first < 0x80)
        {
            length = 1;
            return first switch
            {
                >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z' => Kind.Letter,
                (byte)' ' or (>= (byte)'\t' and <= (byte)'\r') => Kind.Space,
                >= (byte)'0' and <= (byte)'9' => Kind.Number,
                _ => Kind.Other,
            };
        }

        Rune.DecodeFromUtf8(_text[at..], out Rune rune, out length);
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Rune.IsWhiteSpace(rune) ? Kind.Space : Kind.Other,
        };
    }
}
