namespace Avion.Cli;

/// <summary>Pictures of clips that were found: frames evenly spread over each, side by side.</summary>
/// <param name="store">Where videos lie; null for names that are paths.</param>
internal sealed class HitPictures(VideoStore? store) : IDisposable
{
    private const int Frames = 4, SidePixels = 144;

    private static readonly ClipView s_view = new(new SegmentSampling(jitter: false, viewCount: 1), new CentreCrop(), Frames, SidePixels);

    private readonly VideoClipSource _source = new();

    /// <summary>A clip as PNG or JPEG; null where it cannot be read any more.</summary>
    public byte[]? Draw(in FeatureRow row, CancellationToken cancellation)
    {
        try
        {
            byte[] pixels = new byte[s_view.ClipBytes];
            ClipRequest request = s_view.Choose((store ?? new NamedVideos(row.File)).Find(row.File), row.Span, _source);
            request.Transform = request.Transform with { Layout = PixelLayout.Interleaved };
            request.Read(_source, pixels, cancellation);
            return PagePicture.Encode(PictureStrip.Of(pixels, Frames, SidePixels, SidePixels, PagePicture.GapPixels));
        }
        catch (Exception error) when (error is DataException or VideoException or IOException)
        {
            return null;
        }
    }

    public void Dispose() => _source.Dispose();
}
