namespace Avion.Video;

/// <summary>
/// Turns the planes of a picture clockwise by quarters, as FFmpeg's filters <c>transpose</c> and <c>hflip, vflip</c> do for files that ask
/// for it, into memory of its own.
/// </summary>
internal sealed unsafe class PlaneTurn : IDisposable
{
    private readonly NativeBuffer _turned = new();

    /// <summary>Whether a format stays one of the known formats when it is turned: chroma is shared by as many rows as columns.</summary>
    public static bool CanTurn(int rotation, int chromaShiftX, int chromaShiftY) => rotation == 180 || chromaShiftX == chromaShiftY;

    /// <summary>The upright picture; valid until the next call.</summary>
    /// <param name="picture">Coded picture.</param>
    /// <param name="width">Its width.</param>
    /// <param name="height">Its height.</param>
    /// <param name="rotation">90, 180 or 270 degrees, clockwise.</param>
    public PlanarPicture Turn(in PlanarPicture picture, int width, int height, int rotation)
    {
        int bytes = picture.Format.BitDepth > 8 ? 2 : 1;
        int chromaWidth = -(-width >> picture.Format.ChromaShiftX);
        int chromaHeight = -(-height >> picture.Format.ChromaShiftY);
        bool hasColor = picture.Format.HasColor;
        int lumaStride = StrideOf(rotation == 180 ? width : height, bytes);
        int chromaStride = StrideOf(rotation == 180 ? chromaWidth : chromaHeight, bytes);
        long lumaBytes = (long)lumaStride * (rotation == 180 ? height : width);
        long chromaBytes = hasColor ? (long)chromaStride * (rotation == 180 ? chromaHeight : chromaWidth) : 0;
        byte* y = _turned.Ensure((nuint)(lumaBytes + (2 * chromaBytes)));
        byte* u = y + lumaBytes;
        byte* v = u + chromaBytes;
        Turn(picture.Y, picture.YStride, width, height, bytes, rotation, y, lumaStride);
        if (hasColor)
        {
            Turn(picture.U, picture.UStride, chromaWidth, chromaHeight, bytes, rotation, u, chromaStride);
            Turn(picture.V, picture.VStride, chromaWidth, chromaHeight, bytes, rotation, v, chromaStride);
        }

        return new PlanarPicture(y, u, v, lumaStride, chromaStride, chromaStride, picture.Format);
    }

    public void Dispose() => _turned.Dispose();

    /// <summary>Rows begin where libswscale's vectors like them to.</summary>
    private static int StrideOf(int samples, int bytes) => ((samples * bytes) + 63) & ~63;

    private static void Turn(byte* source, int stride, int width, int height, int bytes, int rotation, byte* target, int targetStride)
    {
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
            {
                (int x, int y) = rotation switch
                {
                    90 => (height - 1 - row, column),
                    180 => (width - 1 - column, height - 1 - row),
                    _ => (row, width - 1 - column),
                };
                byte* from = source + ((nint)row * stride) + ((nint)column * bytes);
                byte* to = target + ((nint)y * targetStride) + ((nint)x * bytes);
                to[0] = from[0];
                if (bytes == 2)
                {
                    to[1] = from[1];
                }
            }
        }
    }
}
