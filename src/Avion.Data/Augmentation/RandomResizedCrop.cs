namespace Avion.Data;

/// <summary>A box of random area and shape at a random place, resized to the output; the usual crop of training.</summary>
/// <remarks>
/// Area = W·H·U[minimum, maximum], aspect r log-uniform; width = round(√(area·r)), height = round(√(area / r)); the first of ten draws
/// that fits is placed uniformly; else the largest centred box whose aspect is within bounds. Source: Szegedy et al. 2015
/// (arXiv:1409.4842), section 6. Defaults of LaViLa and AVION: area 0.5 to 1, aspect 3/4 to 4/3; of VideoMAE's classifier: area 0.08 to
/// 1.
/// </remarks>
public sealed class RandomResizedCrop : CropPolicy
{
    private const int Attempts = 10;

    private readonly double _minimumArea, _maximumArea, _minimumAspect, _maximumAspect;

    /// <summary>Sets the shares of the frame's area and the width-to-height ratios that are drawn from.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A bound is not positive, above 1 for an area, or above its partner.</exception>
    public RandomResizedCrop(
        double minimumArea = 0.5, double maximumArea = 1, double minimumAspect = 3.0 / 4, double maximumAspect = 4.0 / 3)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(minimumArea);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minimumArea, maximumArea);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maximumArea, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(minimumAspect);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minimumAspect, maximumAspect);
        (_minimumArea, _maximumArea, _minimumAspect, _maximumAspect) = (minimumArea, maximumArea, minimumAspect, maximumAspect);
    }

    /// <inheritdoc/>
    protected override CropBox Box(int width, int height, int outputSize, int view, ref CounterRandom random)
    {
        double frame = (double)width * height;
        double logMinimum = Math.Log(_minimumAspect), logRange = Math.Log(_maximumAspect) - logMinimum;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double area = frame * (_minimumArea + ((_maximumArea - _minimumArea) * random.NextDouble()));
            double aspect = Math.Exp(logMinimum + (logRange * random.NextDouble()));
            int boxWidth = (int)Math.Round(Math.Sqrt(area * aspect));
            int boxHeight = (int)Math.Round(Math.Sqrt(area / aspect));
            if (boxWidth > 0 && boxWidth <= width && boxHeight > 0 && boxHeight <= height)
            {
                return new CropBox(random.Next(width - boxWidth + 1), random.Next(height - boxHeight + 1), boxWidth, boxHeight);
            }
        }

        double shape = (double)width / height;
        return shape < _minimumAspect ? Centre(width, height, width, Math.Clamp((int)Math.Round(width / _minimumAspect), 1, height))
            : shape > _maximumAspect ? Centre(width, height, Math.Clamp((int)Math.Round(height * _maximumAspect), 1, width), height)
            : new CropBox(0, 0, width, height);
    }
}
