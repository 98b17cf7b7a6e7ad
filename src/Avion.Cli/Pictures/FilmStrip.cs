namespace Avion.Cli;

/// <summary>Pictures of clips: frames that are evenly spread over a clip, side by side.</summary>
internal sealed class FilmStrip(IClipDataset clips, IClipSource videos, PictureForm form)
{
    private const int Channels = 3;
    private readonly ClipRequest _request = new(form.Frames, form.SidePixels, form.SidePixels, clips.LabelCount);

    /// <summary>One clip as PNG or JPEG.</summary>
    public byte[] Draw(int clip, CancellationToken cancellation)
    {
        byte[] pixels = new byte[form.Frames * Channels * form.SidePixels * form.SidePixels];
        _request.Clear();
        clips.Draw(new SampleKey(Seed: 0, Epoch: 0, clip), videos, _request);
        _request.Transform = _request.Transform with { Layout = PixelLayout.Interleaved };
        _request.Read(videos, pixels, cancellation);
        return PagePicture.Encode(PictureStrip.Of(pixels, form.Frames, form.SidePixels, form.SidePixels, form.GapPixels));
    }
}

/// <summary>How a clip becomes a picture.</summary>
/// <param name="Frames">How many frames it shows.</param>
/// <param name="SidePixels">Rows and columns of each.</param>
/// <param name="GapPixels">Columns between two.</param>
internal sealed record PictureForm(int Frames, int SidePixels, int GapPixels);
