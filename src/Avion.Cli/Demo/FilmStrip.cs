namespace Avion.Cli;

/// <summary>Pictures of clips for a report: the frames that the model saw, side by side.</summary>
internal sealed class FilmStrip(IClipDataset clips, IClipSource videos, int frames, int sidePixels)
{
    private const int Channels = 3;
    private readonly ClipRequest _request = new(frames, sidePixels, sidePixels, clips.LabelCount);

    /// <summary>One clip as PNG.</summary>
    public byte[] Draw(int clip, CancellationToken cancellation)
    {
        byte[] pixels = new byte[frames * Channels * sidePixels * sidePixels];
        _request.Clear();
        clips.Draw(new SampleKey(Seed: 0, Epoch: 0, clip), videos, _request);
        FrameTransform transform = _request.Transform with { Layout = PixelLayout.Interleaved };
        foreach (ClipSegment segment in _request.Segments)
        {
            videos.Read(
                segment.Video, _request.Frames.Slice(segment.First, segment.Count), transform,
                pixels.AsSpan(segment.First * transform.FrameBytes, segment.Count * transform.FrameBytes), cancellation);
        }

        return PictureStrip.Encode(pixels, frames, sidePixels, sidePixels);
    }
}
