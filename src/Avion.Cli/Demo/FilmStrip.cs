namespace Avion.Cli;

/// <summary>Pictures of clips for a report: the frames that the model saw, side by side.</summary>
internal sealed class FilmStrip(IClipDataset clips, IClipSource videos, int frames, int sidePixels)
{
    private const int Channels = 3;
    private readonly ClipRequest _request = new(frames, sidePixels, sidePixels, clips.LabelCount);

    /// <summary>One clip as PNG.</summary>
    public byte[] Draw(int clip, CancellationToken cancellation)
    {
        int plane = sidePixels * sidePixels, frameBytes = Channels * plane;
        byte[] planes = new byte[frames * frameBytes];
        _request.Clear();
        clips.Draw(new SampleKey(Seed: 0, Epoch: 0, clip), videos, _request);
        foreach (ClipSegment segment in _request.Segments)
        {
            videos.Read(
                segment.Video, _request.Frames.Slice(segment.First, segment.Count), _request.Transform,
                planes.AsSpan(segment.First * frameBytes, segment.Count * frameBytes), cancellation);
        }

        int width = frames * sidePixels;
        byte[] rgb = new byte[planes.Length];
        for (int i = 0; i < planes.Length; i++)
        {
            (int frame, int rest) = Math.DivRem(i, frameBytes);
            (int channel, int pixel) = Math.DivRem(rest, plane);
            (int row, int column) = Math.DivRem(pixel, sidePixels);
            rgb[((((row * width) + (frame * sidePixels) + column) * Channels) + channel)] = planes[i];
        }
        return PngWriter.Encode(rgb, width, sidePixels);
    }
}
