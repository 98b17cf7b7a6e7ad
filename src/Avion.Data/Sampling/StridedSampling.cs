namespace Avion.Data;

/// <summary>T frames at a fixed stride from a random place of the video; for masked pre-training.</summary>
/// <remarks>
/// For n frames in the video, T of a clip and stride s: start uniform in 0 … n - (T + 1)·s - 1, or 0 in a shorter video; frame k = start
/// + s·k + jitter, jitter uniform in 0 … s - 1 for each frame, modulo n. As VideoMAE's pre-training loader (Tong et al. 2022,
/// arXiv:2203.12602).
/// </remarks>
public sealed class StridedSampling(int stride, bool jitter) : FrameSampling
{
    /// <inheritdoc/>
    public override void Choose(
        StoredVideo video, in ClipSpan span, int view, ref CounterRandom random, IClipSource videos, ClipRequest request)
    {
        FrameWindow window = FrameWindow.Of(video, span, videos);
        int room = window.Count - ((request.FrameCount + 1) * stride);
        int start = room > 0 ? random.Next(room) : 0;
        for (int k = 0; k < request.FrameCount; k++)
        {
            request.Frames[k] = window.First + ((start + (stride * k) + (jitter ? random.Next(stride) : 0)) % window.Count);
        }

        request.Segments.Add(new ClipSegment(video.SourceOf(0), 0, request.FrameCount));
    }
}

/// <summary>A random window of T·stride frames, evenly sampled; for training a classifier.</summary>
/// <remarks>
/// For n frames, T of a clip, stride s and a window of w = T·s: n ≤ w takes frames 0, s, 2s … and then repeats the last; otherwise end
/// uniform in w … n - 1 and T points of linspace(end - w, end), truncated, at most end - 1. As VideoMAE's fine-tuning loader.
/// </remarks>
public sealed class WindowSampling(int stride) : FrameSampling
{
    /// <inheritdoc/>
    public override void Choose(
        StoredVideo video, in ClipSpan span, int view, ref CounterRandom random, IClipSource videos, ClipRequest request)
    {
        FrameWindow window = FrameWindow.Of(video, span, videos);
        int width = request.FrameCount * stride;
        int end = window.Count > width ? width + random.Next(window.Count - width) : 0;
        for (int k = 0; k < request.FrameCount; k++)
        {
            int frame = end == 0
                ? Math.Min(k * stride, window.Count - 1)
                : Math.Min((int)(end - width + (k * (width / (double)Math.Max(request.FrameCount - 1, 1)))), end - 1);
            request.Frames[k] = window.First + frame;
        }

        request.Segments.Add(new ClipSegment(video.SourceOf(0), 0, request.FrameCount));
    }
}

/// <summary>Several windows of T frames at a fixed stride, spread evenly over the video; for evaluation by views.</summary>
/// <remarks>
/// View v begins at trunc(v·max(n - T·s, 0) / (V - 1)) for n frames and V views (the middle for one view); frames past the end repeat the
/// last. As VideoMAE's test loader; with crops of 3 places its 5 × 3 views.
/// </remarks>
public sealed class ViewSampling(int stride, int viewCount) : FrameSampling
{
    /// <inheritdoc/>
    public override int ViewCount => viewCount;

    /// <inheritdoc/>
    public override void Choose(
        StoredVideo video, in ClipSpan span, int view, ref CounterRandom random, IClipSource videos, ClipRequest request)
    {
        FrameWindow window = FrameWindow.Of(video, span, videos);
        int room = Math.Max(window.Count - (request.FrameCount * stride), 0);
        int start = viewCount == 1 ? room / 2 : (int)(view * (room / (double)(viewCount - 1)));
        for (int k = 0; k < request.FrameCount; k++)
        {
            request.Frames[k] = window.First + Math.Min(start + (k * stride), window.Count - 1);
        }

        request.Segments.Add(new ClipSegment(video.SourceOf(0), 0, request.FrameCount));
    }
}

/// <summary>The frames of one file that an annotation means.</summary>
internal readonly record struct FrameWindow(int First, int Count)
{
    /// <exception cref="DataException">The video is in chunks, or the annotation lies outside it.</exception>
    public static FrameWindow Of(StoredVideo video, in ClipSpan span, IClipSource videos)
    {
        if (video.ChunkSeconds != 0)
        {
            throw new DataException($"Video '{video.Name}' is cut into chunks; sampling with a stride needs whole files. Use segment "
                + "sampling.");
        }

        VideoShape shape = videos.GetShape(video.SourceOf(0));
        if (span.IsWhole)
        {
            return new FrameWindow(0, shape.FrameCount);
        }

        int first = (int)Math.Round(Math.Max(span.Start, 0) * shape.FramesPerSecond);
        int last = Math.Min((int)Math.Round(span.End * shape.FramesPerSecond), shape.FrameCount);
        return first < shape.FrameCount && last >= first
            ? new FrameWindow(first, Math.Max(last - first, 1))
            : throw new DataException($"The segment {span} of '{video.Name}' is not within its {shape.FrameCount} frames.");
    }
}
