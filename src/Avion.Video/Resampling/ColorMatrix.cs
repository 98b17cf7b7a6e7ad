namespace Avion.Video;

/// <summary>
/// From Y'CbCr to R'G'B', values 0 to 255: R = a·(Y − o) + rv·V, G = a·(Y − o) − gu·U − gv·V, B = a·(Y − o) + bu·U with U, V less 128.
/// ITU-R BT.601, BT.709, BT.2020 (non-constant luminance).
/// </summary>
internal readonly record struct ColorMatrix(float LumaScale, float LumaOffset, float RedV, float GreenU, float GreenV, float BlueU)
{
    private const int Bt709 = 1;
    private const int Fcc = 4;
    private const int Smpte240 = 7;
    private const int Bt2020 = 9;

    /// <summary>The matrix that a stream declares; BT.601 where it says nothing, as FFmpeg's own converter has it.</summary>
    public static ColorMatrix From(in FrameColor color, bool isFullRange)
    {
        (double red, double blue) = color.Matrix switch
        {
            Bt709 => (0.2126, 0.0722),
            Fcc => (0.30, 0.11),
            Smpte240 => (0.212, 0.087),
            Bt2020 => (0.2627, 0.0593),
            _ => (0.299, 0.114),
        };
        double green = 1 - red - blue;
        double chroma = isFullRange ? 1 : 255.0 / 224;
        return new ColorMatrix(
            isFullRange ? 1 : (float)(255.0 / 219),
            isFullRange ? 0 : 16,
            (float)(chroma * 2 * (1 - red)),
            (float)(chroma * 2 * (1 - blue) * blue / green),
            (float)(chroma * 2 * (1 - red) * red / green),
            (float)(chroma * 2 * (1 - blue)));
    }

    /// <summary>A value in Q15.</summary>
    public static short Q15(float value) => (short)Math.Round(value * ResampleTable.One);
}
