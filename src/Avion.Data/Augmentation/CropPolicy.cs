namespace Avion.Data;

/// <summary>Chooses which part of the frames a clip shows, and whether it is mirrored; once for the whole clip.</summary>
/// <remarks>A crop is only a box in the source frame: reading, cropping, resizing and flipping happen in one pass of the
/// decoder.</remarks>
public abstract class CropPolicy
{
    /// <summary>Share of clips that are mirrored left to right, 0 to 1.</summary>
    public double FlipProbability { get; init; }

    /// <summary>Kernel of the resize.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Antialiased;

    /// <summary>Places that a sample is cropped at in evaluation; 1 where there is a single crop.</summary>
    public virtual int ViewCount => 1;

    /// <summary>The transform of a clip.</summary>
    /// <param name="width">Columns of the source frames.</param>
    /// <param name="height">Rows of the source frames.</param>
    /// <param name="outputWidth">Columns of the clip.</param>
    /// <param name="outputHeight">Rows of the clip.</param>
    /// <param name="view">Which place, 0 … <see cref="ViewCount"/> - 1.</param>
    /// <param name="random">The sample's own random stream.</param>
    public FrameTransform Choose(int width, int height, int outputWidth, int outputHeight, int view, ref CounterRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        CropBox box = Box(width, height, Math.Min(outputWidth, outputHeight), view, ref random);
        bool flip = FlipProbability > 0 && random.NextDouble() < FlipProbability;
        return new FrameTransform(box, outputWidth, outputHeight, flip, Interpolation);
    }

    /// <summary>The box, inside 0 … width - 1 and 0 … height - 1 and at least one pixel large.</summary>
    protected abstract CropBox Box(int width, int height, int outputSize, int view, ref CounterRandom random);

    /// <summary>A box of the given size in the middle.</summary>
    protected static CropBox Centre(int width, int height, int boxWidth, int boxHeight) =>
        new((width - boxWidth) / 2, (height - boxHeight) / 2, boxWidth, boxHeight);
}
