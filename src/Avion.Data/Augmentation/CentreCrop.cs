namespace Avion.Data;

/// <summary>The largest centred box with the output's shape, or one of a fixed size; the usual crop of evaluation.</summary>
/// <param name="aspect">Width divided by height of the box; 1 for a square.</param>
/// <param name="size">Side of a square box that is cut out without resizing; 0 for the largest.</param>
public sealed class CentreCrop(double aspect = 1, int size = 0) : CropPolicy
{
    /// <inheritdoc/>
    protected override CropBox Box(int width, int height, int outputSize, int view, ref CounterRandom random)
    {
        if (size > 0)
        {
            return Centre(width, height, Math.Min(size, width), Math.Min(size, height));
        }

        int boxWidth = Math.Clamp((int)Math.Round(Math.Min(width, height * aspect)), 1, width);
        int boxHeight = Math.Clamp((int)Math.Round(Math.Min(height, width / aspect)), 1, height);
        return Centre(width, height, boxWidth, boxHeight);
    }
}

/// <summary>The largest square at several places evenly spaced from the beginning to the end of the long side.</summary>
/// <remarks>Place v of P begins at ceil(v·(L - S) / (P - 1)) for a long side L and a short side S. With 3 places it is the published test
/// of video classifiers.</remarks>
/// <param name="places">P, at least 2.</param>
public sealed class SpacedCrop(int places) : CropPolicy
{
    /// <inheritdoc/>
    public override int ViewCount => places;

    /// <inheritdoc/>
    protected override CropBox Box(int width, int height, int outputSize, int view, ref CounterRandom random)
    {
        int side = Math.Min(width, height);

        // Rounded up, as in the published test loaders.
        int gaps = places - 1, x = view * (width - side), y = view * (height - side);
        return new CropBox((x + gaps - 1) / gaps, (y + gaps - 1) / gaps, side, side);
    }
}

/// <summary>The whole frame, stretched to the output.</summary>
public sealed class WholeFrame : CropPolicy
{
    /// <inheritdoc/>
    protected override CropBox Box(int width, int height, int outputSize, int view, ref CounterRandom random) => new(0, 0, width, height);
}
