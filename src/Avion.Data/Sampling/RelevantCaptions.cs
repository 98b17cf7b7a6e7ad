namespace Avion.Data;

/// <summary>How well each sentence describes each clip, and which sentences a clip may be trained with.</summary>
/// <remarks>
/// A byte an entry (<see cref="RelevancyLevels"/>): the training matrix of EPIC-KITCHENS-100 is 67,217 × 15,990, which makes 1.07 GB where
/// double precision makes 8.6 GB. Source: Damen et al. 2022 (arXiv:2006.13256), section 4.5; pairs drawn as Zhao et al. 2023 do: uniform
/// over relevance &gt; 0.1.
/// </remarks>
public sealed class RelevantCaptions
{
    private readonly RelevancyLevels _levels = new();
    private readonly List<int> _counts = [];
    private byte[] _codes;

    /// <summary>Begins with no clip; <see cref="AddRow"/> adds them in order.</summary>
    /// <param name="sentences">The sentences that the matrix' columns stand for.</param>
    /// <param name="threshold">Sentences of relevances above this are drawn.</param>
    /// <param name="entries">Entries to take memory for at once; 0 where that is not known.</param>
    public RelevantCaptions(CaptionStore sentences, float threshold = 0.1f, long entries = 0)
    {
        Sentences = sentences;
        Threshold = threshold;
        _codes = Allocate(entries);
    }

    /// <summary>The sentences that the matrix' columns stand for.</summary>
    public CaptionStore Sentences { get; }

    /// <summary>Sentences of relevances above this are drawn.</summary>
    public float Threshold { get; }

    /// <summary>Clips.</summary>
    public int RowCount => _counts.Count;

    /// <summary>Columns of the matrix.</summary>
    public int ColumnCount { get; private set; }

    /// <summary>Clips that no sentence describes well enough.</summary>
    public int RowsWithoutSentence => _counts.Count(count => count == 0);

    /// <summary>Whether the matrix has so many different values that they are rounded.</summary>
    public bool AreRounded => _levels.AreRounded;

    /// <summary>The relevance that each code stands for, [256].</summary>
    public ReadOnlySpan<float> Levels => _levels.Values;

    /// <summary>Codes of all relevances, [RowCount, ColumnCount], where they stay as long as this is referenced
    /// and no row is added.</summary>
    public ReadOnlySpan<byte> Codes => _codes.AsSpan(0, checked(RowCount * ColumnCount));

    /// <summary>Adds the matrix row of the next clip.</summary>
    /// <exception cref="DataException">It is of another length than the ones before, or a relevance is no number from 0 to 1.</exception>
    public void AddRow(ReadOnlySpan<float> relevances)
    {
        ColumnCount = RowCount == 0 ? relevances.Length : ColumnCount;
        if (relevances.Length != ColumnCount)
        {
            throw new DataException($"Row {RowCount} of the relevancies has {relevances.Length} columns, expected {ColumnCount}.");
        }

        long first = (long)RowCount * ColumnCount;
        Reserve(first + ColumnCount);
        Span<byte> codes = _codes.AsSpan((int)first, ColumnCount);
        if (!_levels.TryEncode(relevances, codes))
        {
            byte[] rounded = _levels.Round();
            foreach (ref byte code in _codes.AsSpan(0, (int)first))
            {
                code = rounded[code];
            }

            CountAnew();
            _levels.TryEncode(relevances, codes);
        }

        _counts.Add(CountAbove(codes));
    }

    /// <summary>Draws a sentence that describes a clip; false where there is none.</summary>
    public bool TryDraw(int row, ref CounterRandom random, out int sentence, out float relevance)
    {
        (sentence, relevance) = (-1, 0);
        if (_counts[row] == 0)
        {
            return false;
        }

        int left = random.Next(_counts[row]);
        ReadOnlySpan<byte> codes = SentencesOf(row);
        for (sentence = 0; ; sentence++)
        {
            relevance = _levels.Values[codes[sentence]];
            if (relevance > Threshold && left-- == 0)
            {
                return true;
            }
        }
    }

    // A kernel of a device that addresses host memory reads the codes in place: they do not move.
    private static byte[] Allocate(long entries) => entries <= Array.MaxLength
        ? GC.AllocateUninitializedArray<byte>((int)entries, pinned: true)
        : throw new DataException($"A matrix of {entries} relevancies is too large, expected at most {Array.MaxLength} entries.");

    private void Reserve(long entries)
    {
        if (entries > _codes.Length)
        {
            byte[] grown = Allocate(Math.Max(entries, Math.Min(2L * _codes.Length, Array.MaxLength)));
            _codes.CopyTo(grown, 0);
            _codes = grown;
        }
    }

    private void CountAnew()
    {
        for (int row = 0; row < RowCount; row++)
        {
            _counts[row] = CountAbove(_codes.AsSpan((int)((long)row * ColumnCount), ColumnCount));
        }
    }

    private int CountAbove(ReadOnlySpan<byte> codes)
    {
        int count = 0;
        foreach (byte code in codes[..Math.Min(codes.Length, Sentences.Count)])
        {
            count += _levels.Values[code] > Threshold ? 1 : 0;
        }

        return count;
    }

    // The published training matrix has a column more than the sentence file has lines; it names no sentence.
    private ReadOnlySpan<byte> SentencesOf(int row) =>
        _codes.AsSpan((int)((long)row * ColumnCount), Math.Min(ColumnCount, Sentences.Count));
}
