using System.Runtime.InteropServices;

namespace Avion.Data;

/// <summary>Learns a byte-pair vocabulary from captions, for when CLIP's is not at hand.</summary>
/// <remarks>
/// Words are cleaned and cut as the tokenizer does; then the most frequent pair of neighbouring symbols becomes a new symbol, again and
/// again. Of equally frequent pairs the ordinally first wins, so the same captions give the same file. Source: Sennrich et al. 2016
/// (arXiv:1508.07909), algorithm 1, with counts kept up to date pair by pair.
/// </remarks>
public sealed class BytePairTrainer
{
    private readonly Dictionary<string, long> _wordCounts = new(StringComparer.Ordinal);

    /// <summary>Counts the words of a caption.</summary>
    public void Add(ReadOnlySpan<byte> utf8)
    {
        byte[] clean = Encoding.UTF8.GetBytes(CaptionText.Clean(Encoding.UTF8.GetString(utf8)));
        WordSplitter splitter = new(clean);
        while (splitter.Next(out ReadOnlySpan<byte> word))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_wordCounts, Encoding.Latin1.GetString(word), out _)++;
        }
    }

    /// <inheritdoc cref="Add(ReadOnlySpan{byte})"/>
    public void Add(string caption) => Add(Encoding.UTF8.GetBytes(caption));

    /// <summary>Learns up to <paramref name="vocabularySize"/> - 514 merges; fewer when no pair is seen <paramref name="minimumCount"/>
    /// times.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is not in 514 … 49,408.</exception>
    public IReadOnlyList<(string Left, string Right)> Train(int vocabularySize, int minimumCount = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 514);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabularySize, BytePairVocabulary.MaximumMergeCount + 514);
        PairCounts pairs = new(_wordCounts);
        List<(string Left, string Right)> merges = [];
        while (merges.Count < vocabularySize - 514 && pairs.TakeMostFrequent(minimumCount) is { } merge)
        {
            merges.Add(merge);
        }

        return merges;
    }

    /// <summary>The order in which pairs are merged: the most frequent first, then the ordinally first.</summary>
    private readonly record struct PairRank(long Count, string Left, string Right) : IComparable<PairRank>
    {
        public int CompareTo(PairRank other) =>
            Count != other.Count ? other.Count.CompareTo(Count)
            : string.CompareOrdinal(Left, other.Left) is int left and not 0 ? left
            : string.CompareOrdinal(Right, other.Right);
    }

    /// <summary>How often each pair of symbols stands side by side, and in which words.</summary>
    private sealed class PairCounts
    {
        private readonly List<(List<int> Symbols, long Count)> _words = [];
        private readonly List<string> _symbols = [];
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
        private readonly Dictionary<ulong, long> _counts = [];
        private readonly Dictionary<ulong, HashSet<int>> _places = [];
        private readonly PriorityQueue<ulong, PairRank> _queue = new();

        public PairCounts(Dictionary<string, long> wordCounts)
        {
            BytePairVocabulary bytes = BytePairVocabulary.FromMerges([]);
            for (int token = 0; token < 512; token++)
            {
                Number(bytes.Symbol(token));
            }

            foreach ((string word, long count) in wordCounts)
            {
                _words.Add((BytePairTokenizer.Symbols(Encoding.Latin1.GetBytes(word)), count));
                AddPairs(_words.Count - 1, 1);
            }

            foreach (ulong pair in _counts.Keys)
            {
                Enqueue(pair);
            }
        }

        public (string Left, string Right)? TakeMostFrequent(int minimumCount)
        {
            while (_queue.TryDequeue(out ulong pair, out PairRank seen))
            {
                // Counts change while pairs wait: an entry that is out of date goes back to its place.
                long count = _counts.GetValueOrDefault(pair);
                if (count != seen.Count)
                {
                    if (count > 0)
                    {
                        Enqueue(pair);
                    }

                    continue;
                }

                if (count < minimumCount)
                {
                    return null;
                }

                Merge(pair, Number(seen.Left + seen.Right));
                return (seen.Left, seen.Right);
            }

            return null;
        }

        private void Merge(ulong pair, int joined)
        {
            (int left, int right) = ((int)(pair >> 32), (int)(uint)pair);
            int[] words = [.. _places[pair]];
            foreach (int word in words)
            {
                AddPairs(word, -1);
                BytePairTokenizer.Join(_words[word].Symbols, left, right, joined);
                AddPairs(word, 1);
            }

            _counts.Remove(pair);
            _places.Remove(pair);
            HashSet<ulong> changed = [];
            foreach (int word in words)
            {
                List<int> symbols = _words[word].Symbols;
                for (int i = 0; i + 1 < symbols.Count; i++)
                {
                    if (symbols[i] == joined || symbols[i + 1] == joined)
                    {
                        changed.Add(BytePairVocabulary.Pair(symbols[i], symbols[i + 1]));
                    }
                }
            }

            foreach (ulong other in changed)
            {
                Enqueue(other);
            }
        }

        private void AddPairs(int word, int sign)
        {
            (List<int> symbols, long count) = _words[word];
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                ulong pair = BytePairVocabulary.Pair(symbols[i], symbols[i + 1]);
                CollectionsMarshal.GetValueRefOrAddDefault(_counts, pair, out _) += sign * count;
                ref HashSet<int>? places = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, pair, out _);
                places ??= [];
                places.Add(word);
            }
        }

        private void Enqueue(ulong pair) =>
            _queue.Enqueue(pair, new PairRank(_counts[pair], _symbols[(int)(pair >> 32)], _symbols[(int)(uint)pair]));

        private int Number(string symbol)
        {
            if (!_numbers.TryGetValue(symbol, out int number))
            {
                number = _symbols.Count;
                _numbers.Add(symbol, number);
                _symbols.Add(symbol);
            }

            return number;
        }
    }
}
