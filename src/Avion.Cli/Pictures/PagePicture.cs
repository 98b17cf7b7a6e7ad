namespace Avion.Cli;

/// <summary>Pictures for pages: JPEG or PNG, whichever is smaller.</summary>
/// <remarks>Filmed frames are about a sixth as large as JPEG; drawings of few colours are smaller as PNG, which also serves where FFmpeg
/// has no encoder for JPEG.</remarks>
internal static class PagePicture
{
    /// <summary>Columns and rows between two frames: as wide as the blocks of JPEG, so that frames whose sides are multiples of it do
    /// not blur into the gap.</summary>
    public const int GapPixels = 8;

    /// <summary>Encodes a strip.</summary>
    public static byte[] Encode(PictureStrip strip)
    {
        byte[] png = strip.ToPng();
        return JpegPicture.TryEncode(strip.ToRgb(), strip.Width, strip.Height) is { } jpeg && jpeg.Length < png.Length ? jpeg : png;
    }
}
