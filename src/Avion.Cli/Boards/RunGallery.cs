namespace Avion.Cli;

/// <summary>The held-out clips of a run with what its model answered.</summary>
internal sealed class RunGallery(RunClips clips, TextSearch? search) : IClipGallery
{
    /// <inheritdoc />
    public required GalleryContents Contents { get; init; }

    /// <inheritdoc />
    public byte[] Picture(int clip, CancellationToken cancellation) => clips.Picture(clip, cancellation);

    /// <inheritdoc />
    public PlayableClip? Play(int clip) => clips.Play(clip);

    /// <inheritdoc />
    public FoundClips Search(string text, int count) =>
        search?.Find(text, count) ?? throw new NotSupportedException("The model reads no text.");

    public void Dispose()
    {
        clips.Dispose();
        search?.Dispose();
    }
}
