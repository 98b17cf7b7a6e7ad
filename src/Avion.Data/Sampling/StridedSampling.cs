namespace Avion.Data;

/// <summary>T frames at a fixed stride from a random place of the video; for masked pre-training.</summary>
/// <remarks>
/// For n frames in the video, T of a clip and stride s: start uniform in 0 … n - (T + 1)·s - 1, or 0 in a shorter video; frame k = start
/// + s·k + jitter, jitter uniform in 0 … s - 1 for each frame, modulo n. As VideoMAE's pre-training loader (Tong et al. 2022,
/// arXiv:2203.12602).
/// </remarks>
/// <param name="stride">s.</param>
/// <param name="jitter">Random frames (training); otherwise those at the stride.</param>
/// <param name="framesPerSecond">The rate that counts frames; null takes that of each video.</param>
public sealed class StridedSampling(int stride, bool jitter, double? framesPerSecond = null) : FrameSampling
{
    /// <inheritdoc/>
    public override void Choose(
        StoredVideo video, in ClipSpan span, int view, ref CounterRandom random, IClipSource videos, ClipRequest request)
    {
        FrameWindow window = FrameWindow.Of(video, span, framesPerSecond, videos);
        int room = window.Count - ((request.FrameCount + 1) * stride);
        int start = room > 0 ? random.Next(room) : 0;
        for (int k = 0; k < request.FrameCount; k++)
        {
            request.Frames[k] = window.First + ((start + (stride * k) + (jitter ? random.Next(stride) : 0)) % window.Count);
        }

        window.Place(video, request, videos);
    }

    /// <inheritdoc/>
    public override int Count(StoredVideo video, in ClipSpan span, int frameCount, IClipSource videos) =>
        FrameWindow.Of(video, span, framesPerSecond, videos).Count;
}

/// <summary>A random window of T·stride frames, evenly sampled; for training a classifier.</summary>
/// <remarks>
/// For n frames, T of a clip, stride s and a window of w = T·s: n ≤ w takes frames 0, s, 2s … and then repeats the last; otherwise end
/// uniform in w … n - 1 and T points of linspace(end - w, end), truncated, at most end - 1. As VideoMAE's fine-tuning loader.
/// </remarks>
/// <param name="stride">s.</param>
/// <param name="framesPerSecond">The rate that counts frames; null takes that of each video.</param>
public sealed class WindowSampling(int stride, double? framesPerSecond = null) : FrameSampling
{
    /// <inheritdoc/>
    public override void Choose(
        StoredVideo video, in ClipSpan span, int view, ref CounterRandom random, IClipSource videos, ClipRequest request)
    {
        FrameWindow window = FrameWindow.Of(video, span, framesPerSecond, videos);
        int width = request.FrameCount * stride;
        int end = window.Count > width ? width + random.Next(window.Count - width) : 0;
        for (int k = 0; k < request.FrameCount; k++)
        {
            int frame = end == 0
                ? Math.Min(k * stride, window.Count - 1)
                : Math.Min((int)(end - width + (k * (width / (double)Math.Max(request.FrameCount - 1, 1)))), end - 1);
            request.Frames[k] = window.First + frame;
        }

        window.Place(video, request, videos);
    }

    /// <inheritdoc/>
    public override int Count(StoredVideo video, in ClipSpan span, int frameCount, IClipSource videos) =>
        FrameWindow.Of(video, span, framesPerSecond, videos).Count;
}

/// <summary>Several windows of T frames at a fixed stride, spread evenly over the video; for evaluation by views.</summary>
/// <remarks>
/// View v begins at trunc(v·max(n - T·s, 0) / (V - 1)) for n frames and V views (the middle for one view); frames past the end repeat the
/// last. As VideoMAE's test loader; with crops of 3 places its 5 × 3 views.
/// </remarks>
/// <param name="stride">s.</param>
/// <param name="viewCount">V.</param>
/// <param name="framesPerSecond">The rate that counts frames; null takes that of each video.</param>
public sealed class ViewSampling(int stride, int viewCount, double? framesPerSecond = null) : FrameSampling
{
    /// <inheritdoc/>
    public override int ViewCount => viewCount;

    /// <inheritdoc/>
    public override void Choose(
        StoredVideo video, in ClipSpan span, int view, ref CounterRandom random, IClipSource videos, ClipRequest request)
    {
        FrameWindow window = FrameWindow.Of(video, span, framesPerSecond, videos);
        int room = Math.Max(window.Count - (request.FrameCount * stride), 0);
        int start = viewCount == 1 ? room / 2 : (int)(view * (room / (double)(viewCount - 1)));
        for (int k = 0; k < request.FrameCount; k++)
        {
            request.Frames[k] = window.First + Math.Min(start + (k * stride), window.Count - 1);
        }

        window.Place(video, request, videos);
    }

    /// <inheritdoc/>
    public override int Count(StoredVideo video, in ClipSpan span, int frameCount, IClipSource videos) =>
        FrameWindow.Of(video, span, framesPerSecond, videos).Count;
}
