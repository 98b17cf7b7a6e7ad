namespace Avion.Data;

/// <summary>Operations of <see cref="RandAugment"/>, with the amount a that a level ℓ from 0 to 10 stands for; ± is drawn.</summary>
/// <remarks>
/// Pixels x are 0 … 255; results are rounded to the nearest byte and cut to that range. g = 0.2989 R + 0.587 G + 0.114 B. Statistics
/// are those of one frame. Operations on shape read the source at (sx, sy) for the pixel at (x, y), both counted from the centre of
/// the frame, with linear interpolation; outside of the frame lies 128.
/// </remarks>
internal enum ClipOperation
{
    /// <summary>a·x; a = 1 ± 0.09 ℓ.</summary>
    Brightness,

    /// <summary>a·x + (1 - a)·mean(g); a = 1 ± 0.09 ℓ.</summary>
    Contrast,

    /// <summary>a·x + (1 - a)·g; a = 1 ± 0.09 ℓ.</summary>
    Saturation,

    /// <summary>a·x + (1 - a)·(5 x + its eight neighbours) / 13, the outermost pixels left; a = 1 ± 0.09 ℓ.</summary>
    Sharpness,

    /// <summary>255·(x - min) / (max - min) of each channel, left where these are equal.</summary>
    AutoContrast,

    /// <summary>min(255, ⌊(pixels below x + ⌊s/2⌋) / s⌋) of each channel, s = ⌊(pixels - those of the largest value) / 255⌋; left where s
    /// is 0.</summary>
    Equalize,

    /// <summary>255 - x.</summary>
    Invert,

    /// <summary>sx = x cos a - y sin a, sy = x sin a + y cos a; a = ±3 ℓ degrees.</summary>
    Rotate,

    /// <summary>The a highest bits of x; a = 4 - ⌊0.4 ℓ⌋.</summary>
    Posterize,

    /// <summary>255 - x for x ≥ 255 a, else x; a = 1 - 0.1 ℓ.</summary>
    Solarize,

    /// <summary>sx = x + a·(y + H/2), sy = y; a = ±0.03 ℓ.</summary>
    ShearX,

    /// <summary>sx = x, sy = y + a·(x + W/2); a = ±0.03 ℓ.</summary>
    ShearY,

    /// <summary>sx = x + a·W, sy = y; a = ±0.045 ℓ.</summary>
    TranslateX,

    /// <summary>sx = x, sy = y + a·H; a = ±0.045 ℓ.</summary>
    TranslateY,
}

/// <summary>What a level means for each <see cref="ClipOperation"/>, and doing it.</summary>
internal static class ClipOperations
{
    /// <summary>How many there are.</summary>
    public const int Count = (int)ClipOperation.TranslateY + 1;

    /// <summary>a, or 0 where an operation has none.</summary>
    public static double AmountOf(ClipOperation operation, double level, bool isNegative)
    {
        double sign = isNegative ? -1 : 1;
        return operation switch
        {
            ClipOperation.Brightness or ClipOperation.Contrast or ClipOperation.Saturation or ClipOperation.Sharpness =>
                1 + (sign * 0.09 * level),
            ClipOperation.Rotate => sign * 3 * level,
            ClipOperation.Posterize => 4 - (int)(0.4 * level),
            ClipOperation.Solarize => 1 - (0.1 * level),
            ClipOperation.ShearX or ClipOperation.ShearY => sign * 0.03 * level,
            ClipOperation.TranslateX or ClipOperation.TranslateY => sign * 0.045 * level,
            _ => 0,
        };
    }

    /// <summary>Does an operation on every frame.</summary>
    public static void Apply(ClipOperation operation, double amount, ClipPixels clip)
    {
        switch (operation)
        {
            case ClipOperation.Rotate or ClipOperation.ShearX or ClipOperation.ShearY
                or ClipOperation.TranslateX or ClipOperation.TranslateY:
                ClipWarp.Apply(AffineMap.Of(operation, amount, clip.Height, clip.Width), clip);
                break;
            case ClipOperation.Saturation:
                ClipFilters.Saturate((float)amount, clip);
                break;
            case ClipOperation.Sharpness:
                ClipFilters.Sharpen((float)amount, clip);
                break;
            default:
                ToneTables.Apply(operation, amount, clip);
                break;
        }
    }
}
