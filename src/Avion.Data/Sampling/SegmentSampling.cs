namespace Avion.Data;

/// <summary>One frame from each of T equal parts of a segment: its middle, or in training a random one.</summary>
/// <remarks>
/// Edges e = linspace(f0, f1, T + 1), frame k = trunc((e[k] + e[k+1]) / 2 + jitter), jitter = (u - 0.5)·(f1 - f0 - 1) / T with u uniform
/// in [0, 1); f = round-half-even(seconds·rate). In a chunk tree, chunk c holds the frames trunc(c·rate) … trunc((c + L)·rate) - 1 of
/// the video. A segment that ends after the last chunk is cut there. Rule of LaViLa and AVION (Zhao et al. 2023, arXiv:2309.16669),
/// except that a missing video or chunk is an error and a clip never leaves its segment.
/// </remarks>
/// <param name="jitter">Random frames (training) or middles.</param>
/// <param name="framesPerSecond">The rate that counts frames; null takes that of each video's first file. Ego4D's published clips count
/// with 30.</param>
public sealed class SegmentSampling(bool jitter, double? framesPerSecond = null) : FrameSampling
{
    // A chunk may lack a frame or two at its end where cutting rounded; more is damage.
    private const int RoundingFrames = 2;

    // How far an annotation may begin after the video's last frame and still mean its end.
    private const double LateStartSeconds = 1;

    /// <inheritdoc/>
    public override void Choose(
        StoredVideo video, in ClipSpan span, int view, ref CounterRandom random, IClipSource videos, ClipRequest request)
    {
        double rate = framesPerSecond ?? video.FramesPerSecond(videos);
        if (video.ChunkSeconds == 0)
        {
            ChooseInFile(video, span, rate, ref random, videos, request);
        }
        else
        {
            ChooseInChunks(video, span, rate, ref random, videos, request);
        }
    }

    /// <summary>Frames of the T parts of f0 … f1.</summary>
    internal static void Middles(int first, int last, bool jitter, ref CounterRandom random, Span<int> frames)
    {
        int count = frames.Length;
        double step = (last - first) / (double)count;
        double partFrames = (last - first - 1) / (double)count;
        for (int k = 0; k < count; k++)
        {
            double left = first + (k * step);
            double right = k + 1 == count ? last : first + ((k + 1) * step);
            double middle = (left * 0.5) + (right * 0.5);
            middle += jitter ? (random.NextDouble() - 0.5) * partFrames : 0;

            // Jitter on an empty segment could fall before it, into a chunk that is not its own.
            frames[k] = Math.Clamp((int)middle, first, Math.Max(first, last - 1));
        }
    }

    private static int Round(double value) => (int)Math.Round(value, MidpointRounding.ToEven);

    private void ChooseInFile(
        StoredVideo video, in ClipSpan span, double rate, ref CounterRandom random, IClipSource videos, ClipRequest request)
    {
        int length = videos.GetShape(video.SourceOf(0)).FrameCount;
        int first = 0, last = length;
        if (!span.IsWhole)
        {
            first = Round(Math.Max(span.Start, 0) * rate);
            int duration = Math.Max((int)((span.End - span.Start) * rate), request.FrameCount);
            RefuseLateStart(video, span, (length - 1) / rate);
            first = Math.Min(first, length - 1);
            last = Math.Min(first + duration, length);
        }

        Middles(first, last, jitter, ref random, request.Frames);
        request.Segments.Add(new ClipSegment(video.SourceOf(0), 0, request.FrameCount));
    }

    private void ChooseInChunks(
        StoredVideo video, in ClipSpan span, double rate, ref CounterRandom random, IClipSource videos, ClipRequest request)
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
        start = Math.Min(start, end);
        Middles(Round(start * rate), Round(end * rate), jitter, ref random, request.Frames);
        Split(video, rate, request, videos);
    }

    /// <summary>Turns frame numbers of the video into frame numbers of its chunks.</summary>
    private static void Split(StoredVideo video, double rate, ClipRequest request, IClipSource videos)
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
            int until = (int)((chunkStart + length) * rate), from = k;
            for (; k < frames.Length && frames[k] < until; k++)
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

    private static void RefuseLateStart(StoredVideo video, in ClipSpan span, double videoEnd)
    {
        if (span.Start > videoEnd + LateStartSeconds)
        {
            string end = FormattableString.Invariant($"{videoEnd:F2} s");
            throw new DataException($"The segment {span} of '{video.Name}' begins after the video's last frame at {end}.");
        }
    }

    private static DataException MissingChunk(StoredVideo video, int start) => new(
        $"Chunk {start} s of video '{video.Name}' is missing: beside '{video.SourceOf(0)}' there are {video.ChunkCount} chunks, "
        + $"the last at {video.StartOf(video.ChunkCount - 1)} s. Cut the video again.");
}
