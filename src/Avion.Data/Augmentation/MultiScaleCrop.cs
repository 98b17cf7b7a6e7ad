namespace Avion.Data;

/// <summary>A box of one of a few sizes at one of 13 fixed places; VideoMAE's crop of pre-training.</summary>
/// <remarks>
/// Sizes trunc(min(W, H)·{1, 0.875, 0.75, 0.66}), taken as the output size where they are within 3 pixels of it; widths and heights
/// whose places in that list differ by at most 1 are combined; corners, centre and the points between, in steps of trunc((W - w) / 4)
/// and trunc((H - h) / 4). All combinations and all places are equally likely. Source: Wang et al. 2016 (arXiv:1608.00859), section 3.2.
/// </remarks>
public sealed class MultiScaleCrop : CropPolicy
{
    private const int SnapPixels = 3;

    private static readonly double[] s_scales = [1, 0.875, 0.75, 0.66];

    // Places in quarters of the room that is left: (across, down).
    private static readonly (int X, int Y)[] s_places =
        [(0, 0), (4, 0), (0, 4), (4, 4), (2, 2), (0, 2), (4, 2), (2, 4), (2, 0), (1, 1), (3, 1), (1, 3), (3, 3)];

    /// <summary>All combinations of width and height for a frame, as often as they may be drawn; returns how many are filled
    /// in.</summary>
    internal static int Sizes(int width, int height, int outputSize, Span<(int Width, int Height)> sizes)
    {
        int count = 0;
        for (int i = 0; i < s_scales.Length; i++)
        {
            for (int j = Math.Max(i - 1, 0); j <= Math.Min(i + 1, s_scales.Length - 1); j++)
            {
                sizes[count++] = (Size(width, height, s_scales[j], outputSize, width),
                    Size(width, height, s_scales[i], outputSize, height));
            }
        }

        return count;
    }

    /// <inheritdoc/>
    protected override CropBox Box(int width, int height, int outputSize, int view, ref CounterRandom random)
    {
        Span<(int Width, int Height)> sizes = stackalloc (int, int)[16];
        (int boxWidth, int boxHeight) = sizes[random.Next(Sizes(width, height, outputSize, sizes))];
        (int x, int y) = s_places[random.Next(s_places.Length)];
        return new CropBox(x * ((width - boxWidth) / 4), y * ((height - boxHeight) / 4), boxWidth, boxHeight);
    }

    private static int Size(int width, int height, double scale, int outputSize, int bound)
    {
        int size = (int)(Math.Min(width, height) * scale);
        size = Math.Abs(size - outputSize) < SnapPixels ? outputSize : size;
        return Math.Clamp(size, 1, bound);
    }
}
