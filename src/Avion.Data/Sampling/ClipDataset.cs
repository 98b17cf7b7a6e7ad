namespace Avion.Data;

/// <summary>Annotated clips of stored videos: the data set of every training and evaluation job.</summary>
/// <remarks>
/// With V temporal views and S crop places a clip is V·S samples, the places of one view next to each other: sample i is clip i / (V·S),
/// view i / S mod V, place i mod S. In training V = S = 1. <see cref="ClipRequest.SampleId"/> is i of the annotations, whichever of them
/// are left out.
/// </remarks>
public sealed class ClipDataset : IClipDataset
{
    private readonly VideoStore _store;
    private readonly FrameSampling _frames;
    private readonly CropPolicy _crop;
    private readonly StoredVideo?[] _videos;
    private readonly int _samplesPerClip;
    private readonly int[] _leftOut = [];

    /// <summary>Joins annotations, videos and the ways to choose frames and crops.</summary>
    /// <exception cref="DataException">There is no clip.</exception>
    public ClipDataset(ClipTable table, VideoStore store, FrameSampling frames, CropPolicy crop)
        : this(table, store, frames, crop, new StoredVideo?[table.Videos.Count], [])
    {
    }

    /// <summary>Joins annotations, of which some may have no video, with the ways to choose frames and crops.</summary>
    /// <param name="census">Annotations and videos.</param>
    /// <param name="frames">How frames are chosen.</param>
    /// <param name="crop">How frames are cropped.</param>
    /// <param name="leavesOutAbsent">Clips that have nothing to show are no samples, as training wants; otherwise each is a sample that
    /// cannot be read, as evaluation wants, which accounts for all.</param>
    /// <exception cref="DataException">There is no clip.</exception>
    public ClipDataset(ClipCensus census, FrameSampling frames, CropPolicy crop, bool leavesOutAbsent)
        : this(census.Table, census.Store, frames, crop, census.Videos, leavesOutAbsent ? census.Absent : []) => Censuses = [census];

    private ClipDataset(ClipTable table, VideoStore store, FrameSampling frames, CropPolicy crop, StoredVideo?[] videos, int[] leftOut)
    {
        (Table, _store, _frames, _crop, _videos, _leftOut) = (table, store, frames, crop, videos, leftOut);
        _samplesPerClip = frames.ViewCount * crop.ViewCount;
        Count = checked((table.Count - leftOut.Length) * _samplesPerClip);
        if (Count == 0)
        {
            throw new DataException($"'{table.Name}' has no clips.");
        }
    }

    /// <summary>The annotations.</summary>
    public ClipTable Table { get; }

    /// <summary>Draws one of a clip's captions; otherwise its first is taken, as evaluation wants.</summary>
    public bool DrawCaptions { get; init; } = true;

    /// <summary>Sentences that describe clips to a degree; a clip's caption is then drawn from those above the threshold, with its
    /// degree. A clip without such a sentence keeps its own caption. Caption numbers are then those of the sentences, the clips' own
    /// captions after them.</summary>
    public RelevantCaptions? Relevant { get; init; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public long IdCount => (long)Table.Count * _samplesPerClip;

    /// <inheritdoc/>
    public int LabelCount => Table.LabelCount;

    /// <inheritdoc/>
    public IReadOnlyList<ClipCensus> Censuses { get; } = [];

    /// <inheritdoc/>
    public ClipSetDigest? ComputeDigest() => Table.ComputeDigest(_leftOut);

    /// <inheritdoc/>
    public void Draw(in SampleKey key, IClipSource videos, ClipRequest request)
    {
        int clip = ClipAt(key.Index), view = key.Index % _samplesPerClip;
        ClipRow row = Table[clip];

        // What does not need the video comes first: a missing clip still has its number, caption and labels.
        request.SampleId = ((long)clip * _samplesPerClip) + view;
        Table.LabelsOf(clip).CopyTo(request.Labels);
        ChooseCaption(key, clip, row, request);

        StoredVideo video = FindVideo(row.Video);
        CounterRandom random = key.Open("frames");
        _frames.Choose(video, row.Span, view / _crop.ViewCount, ref random, videos, request);
        VideoShape shape = videos.GetShape(request.Segments[0].Video);
        for (int i = 1; i < request.Segments.Count; i++)
        {
            VideoShape other = videos.GetShape(request.Segments[i].Video);
            if ((other.Width, other.Height) != (shape.Width, shape.Height))
            {
                throw new DataException(
                    $"'{request.Segments[i].Video}' has frames of {other.Width}x{other.Height}, the chunk before "
                    + $"{shape.Width}x{shape.Height}. Cut '{video.Name}' again.");
            }
        }

        random = key.Open("crop");
        request.Transform = _crop.Choose(shape.Width, shape.Height, request.Width, request.Height, view % _crop.ViewCount, ref random);
    }

    /// <inheritdoc/>
    public int FramesOf(int index, int frameCount, IClipSource videos)
    {
        ClipRow row = Table[ClipAt(index)];
        return _frames.Count(FindVideo(row.Video), row.Span, frameCount, videos);
    }

    /// <inheritdoc/>
    public string Describe(in SampleKey key) => Table.Describe(ClipAt(key.Index));

    /// <summary>The clip of a sample: the n-th that is not left out.</summary>
    private int ClipAt(int index)
    {
        int wanted = index / _samplesPerClip, low = 0, high = _leftOut.Length;

        // Left-out clip j has _leftOut[j] - j clips before it that stay.
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_leftOut[middle] - middle <= wanted)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return wanted + low;
    }

    private void ChooseCaption(in SampleKey key, int clip, in ClipRow row, ClipRequest request)
    {
        CounterRandom random = key.Open("caption");
        if (Relevant is not null && Relevant.TryDraw(clip, ref random, out int sentence, out float relevance))
        {
            request.Caption = Relevant.Sentences[sentence];
            request.CaptionId = sentence;
            request.Relevance = relevance;
        }
        else if (row.CaptionCount > 0)
        {
            int caption = DrawCaptions ? Table.DrawCaption(clip, ref random) : row.FirstCaption;
            request.Caption = Table.Captions[caption];
            request.CaptionId = caption + (Relevant?.Sentences.Count ?? 0);
        }
    }

    private StoredVideo FindVideo(int number)
    {
        StoredVideo? video = Volatile.Read(ref _videos[number]);
        if (video is null)
        {
            video = _store.Find(Table.Videos[number]);
            video = Interlocked.CompareExchange(ref _videos[number], video, null) ?? video;
        }

        return video;
    }
}
