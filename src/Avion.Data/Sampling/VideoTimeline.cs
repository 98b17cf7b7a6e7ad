namespace Avion.Data;

/// <summary>Where times and frame numbers of a video lie in its chunks.</summary>
/// <remarks>Frame f of a video at r frames a second lies in the chunk c, in seconds, with trunc(c·r) ≤ f &lt; trunc((c + L)·r); chunks have
/// L seconds.</remarks>
internal static class VideoTimeline
{
    /// <summary>How far an annotation may begin after the video's last frame and still mean its end.</summary>
    public const double LateStartSeconds = 1;

    // A chunk may lack a frame or two at its end where cutting rounded; more is damage.
    private const int RoundingFrames = 2;

    /// <summary>The frame at a time, halves to even.</summary>
    public static int Frame(double seconds, double rate) => (int)Math.Round(seconds * rate, MidpointRounding.ToEven);

    /// <summary>Begin and end of a span in seconds, cut at the last frame of the last chunk that holds a part of it.</summary>
    /// <exception cref="DataException">A chunk at its end is missing, or it begins after the video.</exception>
    public static (double Start, double End) Bound(StoredVideo video, in ClipSpan span, double rate, IClipSource videos)
    {
        double start = span.IsWhole ? video.StartOf(0) : Math.Max(span.Start, 0);
        double end = span.IsWhole ? double.PositiveInfinity : Math.Max(span.End, start);
        int length = video.ChunkSeconds;

        // The last chunk that exists at or before the segment's end bounds the segment by the frames it has.
        int lastChunk = video.LastChunkAt(end);
        if (lastChunk < 0)
        {
            throw MissingChunk(video, (int)end / length * length);
        }

        int lastStart = video.StartOf(lastChunk);
        if (lastChunk < video.ChunkCount - 1 && end > lastStart + length)
        {
            throw MissingChunk(video, (int)end / length * length);
        }

        double videoEnd = ((videos.GetShape(video.SourceOf(lastChunk)).FrameCount - 1) / rate) + lastStart;
        if (lastChunk == video.ChunkCount - 1)
        {
            RefuseLateStart(video, new ClipSpan(start, end), videoEnd);
        }

        end = Math.Min(end, videoEnd);
        return (Math.Min(start, end), end);
    }

    /// <summary>Turns frame numbers of the video into frame numbers of its chunks.</summary>
    public static void Split(StoredVideo video, double rate, ClipRequest request, IClipSource videos)
    {
        Span<int> frames = request.Frames;
        int length = video.ChunkSeconds;
        for (int k = 0; k < frames.Length;)
        {
            int chunkStart = (int)(frames[k] / rate) / length * length;

            // The quotient may be off by a rounding at the boundary; the products decide.
            chunkStart += frames[k] >= (int)((chunkStart + length) * rate) ? length : 0;
            chunkStart -= frames[k] < (int)(chunkStart * rate) ? length : 0;
            int chunk = video.ChunkAt(chunkStart);
            if (chunk < 0)
            {
                throw MissingChunk(video, chunkStart);
            }

            VideoSource source = video.SourceOf(chunk);
            int available = videos.GetShape(source).FrameCount;
            int since = (int)(chunkStart * rate), until = (int)((chunkStart + length) * rate), from = k;
            for (; k < frames.Length && frames[k] >= since && frames[k] < until; k++)
            {
                int frame = (int)(frames[k] - (chunkStart * rate));
                if (frame >= available + RoundingFrames)
                {
                    throw new DataException(
                        $"'{source}' has {available} frames, expected at least {frame + 1}. The chunk is shorter than {length} s: cut "
                        + $"'{video.Name}' again.");
                }

                frames[k] = Math.Clamp(frame, 0, available - 1);
            }

            request.Segments.Add(new ClipSegment(source, from, k - from));
        }
    }

    /// <exception cref="DataException">A span begins more than a second after the video's last frame.</exception>
    public static void RefuseLateStart(StoredVideo video, in ClipSpan span, double videoEnd)
    {
        if (span.Start > videoEnd + LateStartSeconds)
        {
            string end = FormattableString.Invariant($"{videoEnd:F2} s");
            throw new DataException($"The segment {span} of '{video.Name}' begins after the video's last frame at {end}.");
        }
    }

    private static DataException MissingChunk(StoredVideo video, int start) => new(
        $"Chunk {start} s of video '{video.Name}' is missing: beside '{video.SourceOf(0)}' there are {video.ChunkCount} chunks, "
        + $"the last at {video.StartOf(video.ChunkCount - 1)} s. Cut the video again, or set chunk_seconds, which is {video.ChunkSeconds}, "
        + "to the length with which it was cut.");
}
