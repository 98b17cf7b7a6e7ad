namespace Avion.Data;

/// <summary>One frame from each of T equal parts of a segment: its middle, or in training a random one.</summary>
/// <remarks>
/// Edges e = linspace(f0, f1, T + 1), frame k = trunc((e[k] + e[k+1]) / 2 + jitter), jitter = (u - 0.5)·(f1 - f0 - 1) / T with u uniform
/// in [0, 1); f = round-half-even(seconds·rate). In a chunk tree, chunk c holds the frames trunc(c·rate) … trunc((c + L)·rate) - 1 of
/// the video. A segment that ends after the last chunk is cut there. Rule of LaViLa and AVION (Zhao et al. 2023, arXiv:2309.16669),
/// except that a missing video or chunk is an error and a clip never leaves its segment. View v of V takes the frames at
/// trunc(e[k] + (e[k+1] - e[k])·(v + ½) / V): the middles for one view.
/// </remarks>
/// <param name="jitter">Random frames (training) or middles.</param>
/// <param name="framesPerSecond">The rate that counts frames; null takes that of each video's first file. Ego4D's published clips count
/// with 30.</param>
/// <param name="viewCount">V, views in evaluation.</param>
public sealed class SegmentSampling(bool jitter, double? framesPerSecond = null, int viewCount = 1) : FrameSampling
{
    /// <inheritdoc/>
    public override int ViewCount => viewCount;

    /// <inheritdoc/>
    public override void Choose(
        StoredVideo video, in ClipSpan span, int view, ref CounterRandom random, IClipSource videos, ClipRequest request)
    {
        double rate = framesPerSecond ?? video.FramesPerSecond(videos);
        (int first, int last) = Bounds(video, span, rate, request.FrameCount, videos);
        Middles(first, last, (view + 0.5) / viewCount, jitter, ref random, request.Frames);
        if (video.ChunkSeconds == 0)
        {
            request.Segments.Add(new ClipSegment(video.SourceOf(0), 0, request.FrameCount));
        }
        else
        {
            VideoTimeline.Split(video, rate, request, videos);
        }
    }

    /// <inheritdoc/>
    public override int Count(StoredVideo video, in ClipSpan span, int frameCount, IClipSource videos)
    {
        (int first, int last) = Bounds(video, span, framesPerSecond ?? video.FramesPerSecond(videos), frameCount, videos);
        return Math.Max(last - first, 1);
    }

    /// <summary>Frames of the T parts of f0 … f1, each at the same share of its part; ½ for the middles.</summary>
    internal static void Middles(int first, int last, double share, bool jitter, ref CounterRandom random, Span<int> frames)
    {
        int count = frames.Length;
        double step = (last - first) / (double)count;
        double partFrames = (last - first - 1) / (double)count;
        for (int k = 0; k < count; k++)
        {
            double left = first + (k * step);
            double right = k + 1 == count ? last : first + ((k + 1) * step);
            double middle = (left * (1 - share)) + (right * share);
            middle += jitter ? (random.NextDouble() - 0.5) * partFrames : 0;

            // Jitter on an empty segment could fall before it, into a chunk that is not its own.
            frames[k] = Math.Clamp((int)middle, first, Math.Max(first, last - 1));
        }
    }

    /// <summary>f0 and f1 of a segment.</summary>
    private static (int First, int Last) Bounds(
        StoredVideo video, in ClipSpan span, double rate, int frameCount, IClipSource videos)
    {
        if (video.ChunkSeconds > 0)
        {
            (double start, double end) = VideoTimeline.Bound(video, span, rate, videos);
            return (VideoTimeline.Frame(start, rate), VideoTimeline.Frame(end, rate));
        }

        int length = videos.GetShape(video.SourceOf(0)).FrameCount;
        if (span.IsWhole)
        {
            return (0, length);
        }

        VideoTimeline.RefuseLateStart(video, span, (length - 1) / rate);
        int first = VideoTimeline.Frame(Math.Max(span.Start, 0), rate);
        int duration = Math.Max((int)((span.End - span.Start) * rate), frameCount);
        first = Math.Min(first, length - 1);
        return (first, Math.Min(first + duration, length));
    }
}
