namespace Avion.Cli;

/// <summary>Pictures for pages: JPEG, or PNG for what is drawn in a few colours.</summary>
/// <remarks>Frames of video, those of drawn scenes too, are a fifth as large as JPEG or less; blank frames and drawings are smaller as PNG,
/// which also serves where FFmpeg has no encoder for JPEG.</remarks>
internal static class PagePicture
{
    /// <summary>Columns and rows between two frames: as wide as the blocks of JPEG, so that frames whose sides are multiples of it do
    /// not blur into the gap.</summary>
    public const int GapPixels = 8;

    private const int Channels = 3, FewColours = 16;

    /// <summary>Encodes a strip.</summary>
    public static byte[] Encode(PictureStrip strip)
    {
        byte[] rgb = strip.ToRgb();
        return (HasFewColours(rgb) ? null : JpegPicture.TryEncode(rgb, strip.Width, strip.Height)) ?? strip.ToPng();
    }

    private static bool HasFewColours(ReadOnlySpan<byte> rgb)
    {
        HashSet<(byte Red, byte Green, byte Blue)> colours = [];
        for (int at = 0; at < rgb.Length && colours.Count <= FewColours; at += Channels)
        {
            colours.Add((rgb[at], rgb[at + 1], rgb[at + 2]));
        }

        return colours.Count <= FewColours;
    }
}
