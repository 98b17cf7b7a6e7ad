namespace Avion.Video;

/// <summary>Planes of a decoded picture, in the orientation in which it was coded.</summary>
internal readonly unsafe struct PlanarPicture(byte* y, byte* u, byte* v, int yStride, int uStride, int vStride, PixelFormat format)
{
    public PlanarPicture(FramePointer frame, PixelFormat format)
        : this(frame.Plane(0), frame.Plane(1), frame.Plane(2), frame.Stride(0), frame.Stride(1), frame.Stride(2), format)
    {
    }

    public byte* Y => y;

    public byte* U => u;

    public byte* V => v;

    public int YStride => yStride;

    public int UStride => uStride;

    public int VStride => vStride;

    public PixelFormat Format => format;
}
