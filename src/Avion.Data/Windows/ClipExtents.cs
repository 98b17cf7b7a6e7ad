namespace Avion.Data;

/// <summary>When clips begin and end, whole videos too; for one thread.</summary>
/// <remarks>A video whose index is known to the process is not opened again.</remarks>
/// <param name="store">The videos.</param>
/// <param name="openSource">Makes a reader when the first whole video is asked for.</param>
public sealed class ClipExtents(VideoStore store, Func<IClipSource> openSource) : IDisposable
{
    private IClipSource? _source;

    /// <summary>A part of a video in seconds; a whole video stays whole where it cannot be opened.</summary>
    public ClipSpan Of(string video, ClipSpan span)
    {
        if (!span.IsWhole)
        {
            return span;
        }

        try
        {
            (double start, double end) = ClipWindows.StretchOf(store.Find(video), _source ??= openSource());
            return new ClipSpan(start, end);
        }
        catch (Exception error) when (DecodeThread.IsClipError(error))
        {
            return span;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _source?.Dispose();
}
