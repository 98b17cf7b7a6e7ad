using System.Runtime.InteropServices;

namespace Avion.Training;

/// <summary>Unit vectors of the clips and of the distinct captions of a data set, from which every retrieval metric follows.</summary>
/// <remarks>C clips that could be read, M distinct captions, E joint space. Each caption is encoded
/// once, however many clips have it.</remarks>
public sealed class RetrievalFeatures
{
    private readonly List<int> _captionOfClip = [];
    private readonly List<int[]> _captionTokens;
    private readonly Dictionary<string, int> _captionNumbers = new(StringComparer.Ordinal);
    private ClipFeatures _clips = null!;

    private RetrievalFeatures(IReadOnlyList<int[]>? captions) => _captionTokens = [.. captions ?? []];

    /// <summary>E.</summary>
    public int EmbeddingSize => _clips.Size;

    /// <summary>C.</summary>
    public int ClipCount => _clips.Count;

    /// <summary>M.</summary>
    public int CaptionCount => _captionTokens.Count;

    /// <summary>Clips that could not be read and are left out.</summary>
    public int UnreadableClips => _clips.UnreadableClips;

    /// <summary>The clips' own part.</summary>
    public ClipFeatures Clips => _clips;

    /// <summary>Clip features [C, E].</summary>
    public ReadOnlySpan<float> Video => _clips.Values;

    /// <summary>Caption features [M, E].</summary>
    public float[] Text { get; private set; } = [];

    /// <summary>Sample number of each clip in its data set, [C].</summary>
    public IReadOnlyList<long> SampleIds => _clips.SampleIds;

    /// <summary>Number of each clip's own caption, 0 to M - 1, [C]; empty where the captions were given.</summary>
    public IReadOnlyList<int> CaptionOfClip => _captionOfClip;

    /// <summary>Number of the first clip with each caption, [M]; empty where the captions were given.</summary>
    public IReadOnlyList<int> ClipOfCaption { get; private set; } = [];

    /// <summary>Tokens of each distinct caption.</summary>
    public IReadOnlyList<int[]> CaptionTokens => _captionTokens;

    /// <summary>Runs both towers over one pass of a loader.</summary>
    /// <param name="model">The model.</param>
    /// <param name="loader">Gives each sample once; unreadable ones are marked, not replaced.</param>
    /// <param name="totalClips">Samples of the pass, for progress.</param>
    /// <param name="progress">Called with the clips done and their total; null for none.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <param name="captions">Tokens of the captions to encode; null for the distinct captions of the clips.</param>
    /// <param name="averagesFlips">Takes the mean of the vectors of a clip and of its mirror image.</param>
    public static RetrievalFeatures Extract(DualEncoder model, ClipLoader loader, long totalClips, Action<long, long>? progress,
        CancellationToken cancellation, IReadOnlyList<int[]>? captions = null, bool averagesFlips = false)
    {
        RetrievalFeatures features = new(captions);
        List<int> firstClips = [];
        int captionsPerBatch = 1;
        features._clips = ClipFeatures.Extract(model, loader, averagesFlips, (batch, clip) =>
        {
            captionsPerBatch = Math.Max(captionsPerBatch, batch.Count);
            if (captions is null)
            {
                features.TakeCaption(batch.TokenIds[batch.TokenOffsets[clip]..batch.TokenOffsets[clip + 1]], firstClips);
            }
        }, done => progress?.Invoke(done, totalClips), cancellation);
        features.ClipOfCaption = firstClips;
        features.Text = CaptionFeatures.Encode(model, features._captionTokens, captionsPerBatch, cancellation);
        return features;
    }

    /// <summary>Cosine of each clip with each caption, [C, M].</summary>
    public float[] Similarity() => UnitVectors.Cosines(Video.ToArray(), ClipCount, Text, CaptionCount, EmbeddingSize);

    /// <summary>1 where a caption is a clip's own, else 0, [C, M].</summary>
    public float[] OwnCaptionRelevancy()
    {
        float[] relevancy = new float[checked(ClipCount * CaptionCount)];
        for (int clip = 0; clip < ClipCount; clip++)
        {
            relevancy[(clip * CaptionCount) + _captionOfClip[clip]] = 1;
        }

        return relevancy;
    }

    /// <summary>The rows of a matrix that belong to the clips that could be read, [C, M]; the matrix's own memory
    /// where those are all.</summary>
    /// <exception cref="ArgumentException">The matrix is not for these clips and captions.</exception>
    public float[] RowsOf(RelevanceMatrix matrix)
    {
        if (matrix.ColumnCount != CaptionCount || SampleIds.Any(sample => sample >= matrix.RowCount))
        {
            throw new ArgumentException($"The relevance matrix is {matrix.RowCount} x {matrix.ColumnCount}, expected a row for each clip "
                + $"and {CaptionCount} columns.", nameof(matrix));
        }

        if (ClipCount == matrix.RowCount && SampleIds.Index().All(clip => clip.Item == clip.Index))
        {
            return matrix.Values;
        }

        float[] rows = new float[checked(ClipCount * CaptionCount)];
        for (int clip = 0; clip < ClipCount; clip++)
        {
            matrix.Values.AsSpan(checked((int)SampleIds[clip] * CaptionCount), CaptionCount).CopyTo(rows.AsSpan(clip * CaptionCount));
        }

        return rows;
    }

    private void TakeCaption(ReadOnlySpan<int> tokens, List<int> firstClips)
    {
        // Tokens as the characters of a string make a key with equality by content.
        string key = new(MemoryMarshal.Cast<int, char>(tokens));
        if (!_captionNumbers.TryGetValue(key, out int number))
        {
            number = _captionTokens.Count;
            _captionNumbers.Add(key, number);
            _captionTokens.Add(tokens.ToArray());
            firstClips.Add(_captionOfClip.Count);
        }

        _captionOfClip.Add(number);
    }
}
