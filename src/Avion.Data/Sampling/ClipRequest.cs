namespace Avion.Data;

/// <summary>A stretch of a clip's frames that one video file holds.</summary>
/// <param name="Video">The file, or the part of a file that is a video.</param>
/// <param name="First">Position of the stretch's first frame in the clip, 0 … T - 1.</param>
/// <param name="Count">Frames in the stretch.</param>
public readonly record struct ClipSegment(VideoSource Video, int First, int Count);

/// <summary>Everything needed to make one clip of a batch: files, frames, crop, flip, caption and labels.</summary>
/// <remarks>
/// Drawn by a data set from a <see cref="SampleKey"/> alone. One crop serves the whole clip, also where it spans several files.
/// The object is filled again for each clip of a decode thread, so that a warm loader allocates nothing.
/// </remarks>
public sealed class ClipRequest
{
    private readonly int[] _frames;
    private readonly int[] _labels;

    /// <summary>Makes room for clips of <paramref name="frameCount"/> frames with <paramref name="labelCount"/> labels each.</summary>
    public ClipRequest(int frameCount, int height, int width, int labelCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(frameCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegative(labelCount);
        _frames = new int[frameCount];
        _labels = new int[labelCount];
        Height = height;
        Width = width;
        Clear();
    }

    /// <summary>T: frames of the clip.</summary>
    public int FrameCount => _frames.Length;

    /// <summary>H: rows of each output frame.</summary>
    public int Height { get; }

    /// <summary>W: columns of each output frame.</summary>
    public int Width { get; }

    /// <summary>The files and which frames of the clip each gives, in order; together they give all T.</summary>
    public List<ClipSegment> Segments { get; } = new(4);

    /// <summary>Frame number within its own file, for each of the T frames.</summary>
    public Span<int> Frames => _frames;

    /// <summary>Crop, resize and flip of every frame.</summary>
    public FrameTransform Transform { get; set; }

    /// <summary>The sample's number in the data set, as evaluation needs it.</summary>
    public long SampleId { get; set; }

    /// <summary>The caption as UTF-8; empty where the data set has none.</summary>
    public ReadOnlyMemory<byte> Caption { get; set; }

    /// <summary>Number of the drawn caption among the data set's captions; -1 where there is none.</summary>
    public int CaptionId { get; set; }

    /// <summary>How well the drawn caption describes the clip, 0 to 1; 1 for the clip's own captions.</summary>
    public float Relevance { get; set; }

    /// <summary>Class labels, such as verb, noun and action; -1 where unknown.</summary>
    public Span<int> Labels => _labels;

    /// <summary>Reads the frames from their files.</summary>
    /// <param name="source">Reads videos.</param>
    /// <param name="clip">Receives the T frames, and is as long as they are.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public void Read(IClipSource source, Span<byte> clip, CancellationToken cancellation)
    {
        int frameBytes = clip.Length / FrameCount;
        foreach (ClipSegment segment in Segments)
        {
            source.Read(
                segment.Video,
                Frames.Slice(segment.First, segment.Count),
                Transform,
                clip.Slice(segment.First * frameBytes, segment.Count * frameBytes),
                cancellation);
        }
    }

    /// <summary>Forgets the clip before.</summary>
    public void Clear()
    {
        Segments.Clear();
        _frames.AsSpan().Clear();
        _labels.AsSpan().Fill(-1);
        Transform = default;
        SampleId = -1;
        Caption = default;
        CaptionId = -1;
        Relevance = 1;
    }
}
