namespace Avion.Video;

/// <summary>The four tables of a picture: both directions of luma and of the colour planes.</summary>
internal sealed class ResampleTables
{
    private const int LocationCenter = 2;
    private const int LocationTopLeft = 3;
    private const int LocationTop = 4;

    public ResampleTable LumaX { get; } = new();

    public ResampleTable LumaY { get; } = new();

    public ResampleTable ChromaX { get; } = new();

    public ResampleTable ChromaY { get; } = new();

    /// <summary>Makes the tables; cheap when they are those of the frame before.</summary>
    public void Make(in PixelFormat format, in FrameColor color, CropBox crop, int width, int height, bool antialiased, bool flipX)
    {
        LumaX.Make(new ResampleTable.Key(crop.X, crop.Width, width, 0, 0.5, antialiased, flipX));
        LumaY.Make(new ResampleTable.Key(crop.Y, crop.Height, height, 0, 0.5, antialiased, Flip: false));
        if (!format.HasColor)
        {
            return;
        }

        // Where the first colour sample lies: at the first luma sample (0.5), or in the middle of those that it stands for. MPEG's usual
        // place, also meant where nothing is said, is left horizontally and the middle vertically.
        bool isCenteredX = color.ChromaLocation is LocationCenter or LocationTop;
        bool isTop = color.ChromaLocation is LocationTopLeft or LocationTop;
        double siteX = isCenteredX ? (1 << format.ChromaShiftX) / 2.0 : 0.5;
        double siteY = isTop ? 0.5 : (1 << format.ChromaShiftY) / 2.0;
        ChromaX.Make(new ResampleTable.Key(crop.X, crop.Width, width, format.ChromaShiftX, siteX, antialiased, flipX));
        ChromaY.Make(new ResampleTable.Key(crop.Y, crop.Height, height, format.ChromaShiftY, siteY, antialiased, Flip: false));
    }
}
