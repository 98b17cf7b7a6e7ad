namespace Avion.Data;

/// <summary>Which sentences describe which clips, and how well: the positive part of a relevance matrix, sparse.</summary>
/// <remarks>
/// The training matrix of EPIC-KITCHENS-100 is 67,217 × 15,990; stored whole it takes 8 GB in double precision, its entries above 0.1 a
/// small part. Source: Damen et al. 2022 (arXiv:2006.13256), section 4.5; pairs drawn as Zhao et al. 2023 do: uniform over relevance
/// &gt; 0.1.
/// </remarks>
public sealed class RelevantCaptions
{
    private readonly List<long> _rowEnds = [];
    private readonly List<int> _sentences = [];
    private readonly List<float> _relevances = [];

    /// <summary>Begins with no clip; <see cref="AddRow"/> adds them in order.</summary>
    /// <param name="sentences">The sentences that the matrix' columns stand for.</param>
    /// <param name="threshold">Relevances above this are kept.</param>
    public RelevantCaptions(CaptionStore sentences, float threshold = 0.1f)
    {
        Sentences = sentences;
        Threshold = threshold;
    }

    /// <summary>The sentences that the matrix' columns stand for.</summary>
    public CaptionStore Sentences { get; }

    /// <summary>Relevances above this are kept.</summary>
    public float Threshold { get; }

    /// <summary>Clips.</summary>
    public int RowCount => _rowEnds.Count;

    /// <summary>Adds the matrix row of the next clip.</summary>
    public void AddRow(ReadOnlySpan<float> relevances)
    {
        // The published training matrix has a column more than the sentence file has lines; it names no sentence.
        int columns = Math.Min(relevances.Length, Sentences.Count);
        for (int sentence = 0; sentence < columns; sentence++)
        {
            if (relevances[sentence] > Threshold)
            {
                _sentences.Add(sentence);
                _relevances.Add(relevances[sentence]);
            }
        }

        _rowEnds.Add(_sentences.Count);
    }

    /// <summary>Draws a sentence that describes a clip; false where there is none.</summary>
    public bool TryDraw(int row, ref CounterRandom random, out int sentence, out float relevance)
    {
        int start = row == 0 ? 0 : (int)_rowEnds[row - 1], count = (int)_rowEnds[row] - start;
        if (count == 0)
        {
            (sentence, relevance) = (-1, 0);
            return false;
        }

        int at = start + random.Next(count);
        (sentence, relevance) = (_sentences[at], _relevances[at]);
        return true;
    }
}
