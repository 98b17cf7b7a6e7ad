namespace Avion.Video;

/// <summary>Size of the pictures of a source.</summary>
/// <param name="Width">Samples of a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="SampleAspectRatio">Width of a sample divided by its height.</param>
internal readonly record struct PictureSize(long Width, long Height, double SampleAspectRatio)
{
    /// <summary>Size of the chunks: square pixels, the short side as asked for but never enlarged, both sides even.</summary>
    public (long Width, long Height) Scaled(int shortSide)
    {
        // Each product in the order in which the filter's own expression would have it, so that both give one size.
        double across = Width * SampleAspectRatio;
        double shorter = 2 * Math.Floor(Math.Min(shortSide, Math.Min(across, Height)) / 2);
        return across > Height
            ? (Even(shorter * Width * SampleAspectRatio / Height), (long)shorter)
            : ((long)shorter, Even(shorter * Height / across));
    }

    private static long Even(double side) => 2 * (long)Math.Round(side / 2, MidpointRounding.AwayFromZero);
}
