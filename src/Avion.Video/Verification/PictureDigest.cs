namespace Avion.Video;

/// <summary>Tells decoded pictures apart without keeping them.</summary>
internal static unsafe class PictureDigest
{
    private const ulong Prime = 1099511628211;

    /// <summary>A number of size, format and all samples of a picture; never 0.</summary>
    /// <exception cref="VideoException">Its format is none that training reads.</exception>
    public static ulong Of(FramePointer frame)
    {
        if (!PixelFormat.TryParse(frame.Format, out PixelFormat format))
        {
            throw new VideoException(
                VideoErrorKind.Unsupported, string.Empty,
                $"its pixel format is {PixelFormat.NameOf(frame.Format)}; planar YUV of 8 to 16 bits is expected. Re-encode it");
        }

        ulong digest = Add(Add(Add(14695981039346656037, (uint)frame.Width), (uint)frame.Height), (uint)frame.Format);
        for (int plane = 0; plane < (format.HasColor ? 3 : 1); plane++)
        {
            int width = plane == 0 ? frame.Width : Reduced(frame.Width, format.ChromaShiftX);
            int height = plane == 0 ? frame.Height : Reduced(frame.Height, format.ChromaShiftY);
            int bytes = width * (format.BitDepth > 8 ? 2 : 1);
            for (int row = 0; row < height; row++)
            {
                digest = Add(digest, IndexRecord.ChecksumOf(new ReadOnlySpan<byte>(
                    frame.Plane(plane) + ((long)row * frame.Stride(plane)), bytes)));
            }
        }

        return Math.Max(1, digest);
    }

    private static int Reduced(int samples, int shift) => (samples + (1 << shift) - 1) >> shift;

    private static ulong Add(ulong digest, uint value) => (digest ^ value) * Prime;
}
