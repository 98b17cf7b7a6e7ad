namespace Avion.Video;

/// <summary>Reads the index of a video from the video itself, past index files and caches.</summary>
internal static class ContainerIndex
{
    private static readonly ClipReaderOptions s_options = new() { UseIndexFiles = false };

    /// <summary>Reads the container's tables.</summary>
    /// <exception cref="VideoException">The file is no sound video.</exception>
    public static VideoInfo Read(in VideoSource source, CancellationToken cancellation = default)
    {
        using ClipReader reader = new(s_options with { Cache = new VideoInfoCache(capacityBytes: 0) });
        return reader.GetInfo(source, cancellation);
    }

    /// <inheritdoc cref="Read(in VideoSource, CancellationToken)"/>
    public static VideoInfo Read(string path) => Read(new VideoSource(path));
}
