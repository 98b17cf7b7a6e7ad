namespace Avion.Training;

/// <summary>The part of a frame that CutMix takes from another sample: the same in all frames of a clip.</summary>
/// <remarks>
/// Height ⌊H √(1 - share)⌋ and width ⌊W √(1 - share)⌋, around a centre that is uniform over the frame, cut off at its borders; the share
/// of the labels then follows the area that is left. Source: Yun et al. 2019, "CutMix" (arXiv:1905.04899), section 3.1. The box lies in
/// rows and columns; the reference applies it to time and rows, so that most of its clips keep their pixels while labels are mixed.
/// </remarks>
/// <param name="Top">First row.</param>
/// <param name="Bottom">One past the last row.</param>
/// <param name="Left">First column.</param>
/// <param name="Right">One past the last column.</param>
public readonly record struct CutMixBox(int Top, int Bottom, int Left, int Right)
{
    /// <summary>Draws a box.</summary>
    /// <param name="random">The batch's stream of random numbers.</param>
    /// <param name="share">Wanted share of a sample's own pixels, from 0 to 1.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    public static CutMixBox Draw(ref CounterRandom random, double share, int height, int width)
    {
        if (share is not (>= 0 and <= 1) || height < 1 || width < 1)
        {
            throw new ArgumentException($"CutMix: a share of {share} of a frame of {width} × {height} pixels; the share lies in [0, 1].");
        }

        double side = Math.Sqrt(1 - share);
        int halfHeight = (int)(height * side) / 2, halfWidth = (int)(width * side) / 2;
        int row = random.Next(height), column = random.Next(width);
        return new CutMixBox(Math.Max(0, row - halfHeight), Math.Min(height, row + halfHeight),
            Math.Max(0, column - halfWidth), Math.Min(width, column + halfWidth));
    }

    /// <summary>Draws a box whose sides are uniform between two shares of the frame's, at a uniform place inside of it.</summary>
    /// <param name="random">The batch's stream of random numbers.</param>
    /// <param name="minimum">Smallest side, from 0 to 1.</param>
    /// <param name="maximum">Largest side.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    public static CutMixBox DrawSides(ref CounterRandom random, double minimum, double maximum, int height, int width)
    {
        int boxHeight = Side(ref random, height), boxWidth = Side(ref random, width);
        int top = random.Next(height - boxHeight + 1), left = random.Next(width - boxWidth + 1);
        return new CutMixBox(top, top + boxHeight, left, left + boxWidth);

        int Side(ref CounterRandom random, int whole)
        {
            int smallest = (int)(whole * minimum), largest = (int)(whole * maximum);
            return smallest + random.Next(largest - smallest + 1);
        }
    }

    /// <summary>The share of a sample's own pixels that stay: the share of its own label in <see cref="MixedTargets"/>.</summary>
    public double ShareOf(int height, int width) => 1 - ((Bottom - Top) * (double)(Right - Left) / ((double)height * width));
}
