using System.Numerics;
using System.Runtime.InteropServices;

namespace Avion.Training;

/// <summary>Unit vectors of the clips and of the distinct captions of a data set, from which every retrieval metric follows.</summary>
/// <remarks>C clips that could be read, M distinct captions, E joint space. Each caption is encoded
/// once, however many clips have it.</remarks>
public sealed class RetrievalFeatures
{
    private readonly List<float> _video = [];
    private readonly List<long> _sampleIds = [];
    private readonly List<int> _captionOfClip = [];
    private readonly List<int[]> _captionTokens;
    private readonly bool _hasGivenCaptions;
    private readonly Dictionary<string, int> _captionNumbers = new(StringComparer.Ordinal);

    private RetrievalFeatures(int embeddingSize, IReadOnlyList<int[]>? captions)
    {
        EmbeddingSize = embeddingSize;
        _hasGivenCaptions = captions is not null;
        _captionTokens = [.. captions ?? []];
    }

    /// <summary>E.</summary>
    public int EmbeddingSize { get; }

    /// <summary>C.</summary>
    public int ClipCount => _sampleIds.Count;

    /// <summary>M.</summary>
    public int CaptionCount => _captionTokens.Count;

    /// <summary>Clips that could not be read and are left out.</summary>
    public int UnreadableClips { get; private set; }

    /// <summary>Clip features [C, E].</summary>
    public ReadOnlySpan<float> Video => CollectionsMarshal.AsSpan(_video);

    /// <summary>Caption features [M, E].</summary>
    public float[] Text { get; private set; } = [];

    /// <summary>Sample number of each clip in its data set, [C].</summary>
    public IReadOnlyList<long> SampleIds => _sampleIds;

    /// <summary>Number of each clip's own caption, 0 to M - 1, [C]; empty where the captions were given.</summary>
    public IReadOnlyList<int> CaptionOfClip => _captionOfClip;

    /// <summary>Tokens of each distinct caption.</summary>
    public IReadOnlyList<int[]> CaptionTokens => _captionTokens;

    /// <summary>Runs both towers over one pass of a loader.</summary>
    /// <param name="model">The model.</param>
    /// <param name="loader">Gives each sample once; unreadable ones are marked, not replaced.</param>
    /// <param name="totalClips">Samples of the pass, for progress.</param>
    /// <param name="progress">Called with the clips done and their total; null for none.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <param name="captions">Tokens of the captions to encode; null for the distinct captions of the clips.</param>
    public static RetrievalFeatures Extract(
        DualEncoder model,
        ClipLoader loader,
        long totalClips,
        Action<long, long>? progress,
        CancellationToken cancellation,
        IReadOnlyList<int[]>? captions = null)
    {
        RetrievalFeatures features = new(model.Config.EmbeddingSize, captions);
        using Tape tape = new(model.Device) { IsRecording = false };
        int captionsPerBatch = 1;
        while (loader.Next(cancellation) is { } batch)
        {
            using (batch)
            {
                tape.Reset();
                features.AddClips(batch, model, tape);
                captionsPerBatch = Math.Max(captionsPerBatch, batch.Count);
                progress?.Invoke(features.ClipCount + features.UnreadableClips, totalClips);
            }
        }

        features.Text = EncodeCaptions(model, features._captionTokens, captionsPerBatch, cancellation);
        return features;
    }

    /// <summary>Unit vectors of captions, [captions.Count, E].</summary>
    /// <param name="model">The model.</param>
    /// <param name="captions">Tokens of each caption, start and end included.</param>
    /// <param name="captionsPerBatch">How many are encoded at once.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static unsafe float[] EncodeCaptions(
        DualEncoder model, IReadOnlyList<int[]> captions, int captionsPerBatch, CancellationToken cancellation)
    {
        int embeddingSize = model.Config.EmbeddingSize;
        float[] encoded = new float[checked(captions.Count * embeddingSize)];
        using Tape tape = new(model.Device) { IsRecording = false };
        using SequenceTable sequences = new(model.Device);
        for (int first = 0; first < captions.Count; first += captionsPerBatch)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(captionsPerBatch, captions.Count - first);
            int[] offsets = new int[count + 1];
            for (int i = 0; i < count; i++)
            {
                offsets[i + 1] = offsets[i] + captions[first + i].Length;
            }

            int[] tokens = new int[offsets[count]];
            for (int i = 0; i < count; i++)
            {
                captions[first + i].CopyTo(tokens, offsets[i]);
            }

            tape.Reset();
            Tensor ids = tape.Allocate(new Shape(tokens.Length), ElementType.Int32);
            model.Device.Upload(tokens, ids);
            model.Device.Download(model.EncodeText(tape, ids, sequences.Set(offsets)), encoded.AsSpan(first * embeddingSize, count * embeddingSize));
        }

        return encoded;
    }

    /// <summary>Cosine of each clip with each caption, [C, M].</summary>
    public float[] Similarity()
    {
        float[] similarity = new float[checked(ClipCount * CaptionCount)];
        ReadOnlySpan<float> video = Video;
        for (int clip = 0; clip < ClipCount; clip++)
        {
            ReadOnlySpan<float> row = video.Slice(clip * EmbeddingSize, EmbeddingSize);
            for (int caption = 0; caption < CaptionCount; caption++)
            {
                similarity[(clip * CaptionCount) + caption] = Dot(row, Text.AsSpan(caption * EmbeddingSize, EmbeddingSize));
            }
        }

        return similarity;
    }

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

    /// <summary>The rows of a matrix that belong to the clips that could be read, [C, M].</summary>
    /// <exception cref="ArgumentException">The matrix is not for these clips and captions.</exception>
    public float[] RowsOf(RelevanceMatrix matrix)
    {
        if (matrix.ColumnCount != CaptionCount || _sampleIds.Exists(sample => sample >= matrix.RowCount))
        {
            throw new ArgumentException($"The relevance matrix is {matrix.RowCount} x {matrix.ColumnCount}, expected a row for each clip and "
                + $"{CaptionCount} columns.", nameof(matrix));
        }

        float[] rows = new float[checked(ClipCount * CaptionCount)];
        for (int clip = 0; clip < ClipCount; clip++)
        {
            matrix.Values.AsSpan(checked((int)_sampleIds[clip] * CaptionCount), CaptionCount).CopyTo(rows.AsSpan(clip * CaptionCount));
        }

        return rows;
    }

    private void AddClips(ClipBatch batch, DualEncoder model, Tape tape)
    {
        float[] encoded = new float[batch.Count * EmbeddingSize];
        model.Device.Download(model.EncodeVideo(tape, BatchTensors.PixelsOf(batch, tape)), encoded);
        for (int i = 0; i < batch.Count; i++)
        {
            if (batch.Missing[i] != 0)
            {
                UnreadableClips++;
                continue;
            }

            _video.AddRange(encoded.AsSpan(i * EmbeddingSize, EmbeddingSize));
            _sampleIds.Add(batch.SampleIds[i]);
            if (!_hasGivenCaptions)
            {
                _captionOfClip.Add(NumberOf(batch.TokenIds[batch.TokenOffsets[i]..batch.TokenOffsets[i + 1]]));
            }
        }
    }

    private int NumberOf(ReadOnlySpan<int> tokens)
    {
        // Tokens as the characters of a string make a key with equality by content.
        string key = new(MemoryMarshal.Cast<int, char>(tokens));
        if (!_captionNumbers.TryGetValue(key, out int number))
        {
            number = _captionTokens.Count;
            _captionNumbers.Add(key, number);
            _captionTokens.Add(tokens.ToArray());
        }

        return number;
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Vector<float> sum = Vector<float>.Zero;
        int i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            sum += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        }

        float total = Vector.Sum(sum);
        for (; i < a.Length; i++)
        {
            total += a[i] * b[i];
        }

        return total;
    }
}
