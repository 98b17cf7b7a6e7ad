namespace Avion.Data;

/// <summary>The frames of a video that an annotation means.</summary>
/// <param name="First">Its first frame in the video.</param>
/// <param name="Count">How many there are, at least 1.</param>
/// <param name="Rate">Frames a second by which the video's frames are counted.</param>
internal readonly record struct FrameWindow(int First, int Count, double Rate)
{
    /// <exception cref="DataException">The annotation lies outside the video, or a chunk of it is missing.</exception>
    public static FrameWindow Of(StoredVideo video, in ClipSpan span, double? framesPerSecond, IClipSource videos) =>
        video.ChunkSeconds == 0 ? InFile(video, span, framesPerSecond, videos)
            : InChunks(video, span, framesPerSecond ?? video.FramesPerSecond(videos), videos);

    /// <summary>Turns a request's frame numbers of the video into stretches of its files.</summary>
    public void Place(StoredVideo video, ClipRequest request, IClipSource videos)
    {
        if (video.ChunkSeconds == 0)
        {
            request.Segments.Add(new ClipSegment(video.SourceOf(0), 0, request.FrameCount));
        }
        else
        {
            VideoTimeline.Split(video, Rate, request, videos);
        }
    }

    private static FrameWindow InFile(StoredVideo video, in ClipSpan span, double? framesPerSecond, IClipSource videos)
    {
        VideoShape shape = videos.GetShape(video.SourceOf(0));
        double rate = framesPerSecond ?? shape.FramesPerSecond;
        if (span.IsWhole)
        {
            return new FrameWindow(0, shape.FrameCount, rate);
        }

        int first = VideoTimeline.Frame(Math.Max(span.Start, 0), rate);
        int last = Math.Min(VideoTimeline.Frame(span.End, rate), shape.FrameCount);
        return first < shape.FrameCount && last >= first
            ? new FrameWindow(first, Math.Max(last - first, 1), rate)
            : throw new DataException($"The segment {span} of '{video.Name}' is not within its {shape.FrameCount} frames.");
    }

    private static FrameWindow InChunks(StoredVideo video, in ClipSpan span, double rate, IClipSource videos)
    {
        (double start, double end) = VideoTimeline.Bound(video, span, rate, videos);
        int first = VideoTimeline.Frame(start, rate), last = VideoTimeline.Frame(end, rate);

        // A span that ends with the video takes its last frame too.
        last += span.IsWhole || span.End > end ? 1 : 0;
        return new FrameWindow(first, Math.Max(last - first, 1), rate);
    }
}
