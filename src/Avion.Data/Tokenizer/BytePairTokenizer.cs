using System.Buffers;

namespace Avion.Data;

/// <summary>CLIP's byte-pair tokenizer: the same numbers for the same captions.</summary>
/// <remarks>
/// Text is repaired, HTML-unescaped and lowered, split into words, and each word's bytes are merged by rank. Plain ASCII captions take a
/// road that allocates nothing, and words that were seen before are looked up. Safe to use from several threads.
/// Source: Radford et al. 2021 (arXiv:2103.00020), section 2.4, and the tokenizer published with it.
/// </remarks>
public sealed class BytePairTokenizer : ICaptionEncoder
{
    private const int CachedWords = 1 << 17, LongestCachedWord = 64;
    private const int CachedCaptions = 1 << 14, LongestCachedCaption = 512;
    private const int StackBytes = 512;

    // A word of so many bytes has far more tokens than any context; merging is quadratic in its length, so the rest is cut off.
    private const int LongestWord = 8192;

    private readonly BytePairVocabulary _vocabulary;
    private readonly TokenCache _words = new(CachedWords, LongestCachedWord);
    private readonly TokenCache _repaired = new(CachedCaptions, LongestCachedCaption);

    public BytePairTokenizer(BytePairVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        _vocabulary = vocabulary;
        _words.Add(WordSplitter.StartOfText, [vocabulary.StartOfText]);
        _words.Add(WordSplitter.EndOfText, [vocabulary.EndOfText]);
    }

    public BytePairVocabulary Vocabulary => _vocabulary;

    /// <inheritdoc/>
    public int VocabularySize => _vocabulary.Size;

    /// <summary>Opens the tokenizer of a merges file.</summary>
    /// <exception cref="DataException">The file is missing or is no merges file.</exception>
    public static BytePairTokenizer Load(string path) => new(BytePairVocabulary.Load(path));

    /// <inheritdoc/>
    public int Encode(ReadOnlySpan<byte> utf8, Span<int> tokens)
    {
        if (tokens.Length < 2)
        {
            throw new ArgumentException($"A context of {tokens.Length} tokens has no room for start-of-text and "
                + "end-of-text.", nameof(tokens));
        }

        tokens[0] = _vocabulary.StartOfText;
        Span<int> room = tokens[1..];
        int count;
        if (CaptionText.IsPlain(utf8))
        {
            byte[]? rented = null;
            Span<byte> lower = utf8.Length <= StackBytes ? stackalloc byte[StackBytes] : rented = ArrayPool<byte>.Shared.Rent(utf8.Length);
            Ascii.ToLower(utf8, lower, out int length);
            count = EncodeWords(lower[..length], room);
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
        else
        {
            count = EncodeRepaired(utf8, room);
        }

        // A caption that fills the context gives its last place to end-of-text.
        int last = Math.Min(count + 1, tokens.Length - 1);
        tokens[last] = _vocabulary.EndOfText;
        return last + 1;
    }

    /// <summary>All tokens of a caption, start and end included, cut to a context length.</summary>
    public int[] Encode(string caption, int contextLength = 77)
    {
        ArgumentNullException.ThrowIfNull(caption);
        int[] tokens = new int[contextLength];
        return tokens[..Encode(Encoding.UTF8.GetBytes(caption), tokens)];
    }

    /// <summary>The text of tokens: words with single spaces; start and end are left out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        List<byte> bytes = [];
        foreach (int token in tokens)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)VocabularySize, nameof(tokens));
            if (token < _vocabulary.StartOfText)
            {
                _vocabulary.AppendBytes(token, bytes);
            }
        }

        return Encoding.UTF8.GetString([.. bytes]).TrimEnd(' ');
    }

    private int EncodeRepaired(ReadOnlySpan<byte> utf8, Span<int> room)
    {
        int[]? tokens = _repaired.Find(utf8);
        if (tokens is null)
        {
            byte[] clean = Encoding.UTF8.GetBytes(CaptionText.Clean(Encoding.UTF8.GetString(utf8)));
            tokens = new int[clean.Length];
            tokens = tokens[..EncodeWords(clean, tokens)];
            _repaired.Add(utf8, tokens);
        }

        int count = Math.Min(tokens.Length, room.Length);
        tokens.AsSpan(0, count).CopyTo(room);
        return count;
    }

    private int EncodeWords(ReadOnlySpan<byte> clean, Span<int> room)
    {
        int count = 0;
        WordSplitter splitter = new(clean);
        while (count < room.Length && splitter.Next(out ReadOnlySpan<byte> word))
        {
            int[] tokens = _words.Find(word) ?? Merge(word);
            int taken = Math.Min(tokens.Length, room.Length - count);
            tokens.AsSpan(0, taken).CopyTo(room[count..]);
            count += taken;
        }

        return count;
    }

    private int[] Merge(ReadOnlySpan<byte> word)
    {
        List<int> symbols = Symbols(word[..Math.Min(word.Length, LongestWord)]);
        while (symbols.Count > 1)
        {
            (int Rank, int Token) best = (int.MaxValue, 0);
            int left = 0, right = 0;
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if (_vocabulary.TryMerge(symbols[i], symbols[i + 1], out (int Rank, int Token) merge) && merge.Rank < best.Rank)
                {
                    (best, left, right) = (merge, symbols[i], symbols[i + 1]);
                }
            }

            if (best.Rank == int.MaxValue)
            {
                break;
            }

            Join(symbols, left, right, best.Token);
        }

        int[] tokens = [.. symbols];
        _words.Add(word, tokens);
        return tokens;
    }

    /// <summary>The tokens of a word's single bytes; the last one is that of a byte that ends a word.</summary>
    internal static List<int> Symbols(ReadOnlySpan<byte> word)
    {
        List<int> symbols = new(word.Length);
        foreach (byte value in word)
        {
            symbols.Add(BytePairVocabulary.TokenOfByte(value));
        }

        symbols[^1] += 256;
        return symbols;
    }

    /// <summary>Puts one token in place of each pair, from left to right.</summary>
    internal static void Join(List<int> symbols, int left, int right, int joined)
    {
        int kept = 0;
        for (int i = 0; i < symbols.Count; i++)
        {
            bool pair = symbols[i] == left && i + 1 < symbols.Count && symbols[i + 1] == right;
            symbols[kept++] = pair ? joined : symbols[i];
            i += pair ? 1 : 0;
        }

        symbols.RemoveRange(kept, symbols.Count - kept);
    }
}
