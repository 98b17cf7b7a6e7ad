namespace Avion.Video;

/// <summary>
/// How a coded picture becomes upright: a clockwise turn by quarters, then, where asked for, left and right change places.
/// </summary>
/// <param name="RotationDegrees">0, 90, 180 or 270.</param>
/// <param name="IsMirrored">Whether the turned picture is mirrored.</param>
internal readonly record struct Orientation(int RotationDegrees, bool IsMirrored)
{
    private const double LargestResidueDegrees = 1;

    /// <summary>
    /// The orientation that a display matrix asks for: a point (x, y) of the coded picture is shown at (a·x + c·y, b·x + d·y). The numbers
    /// are fixed-point and often rounded, so that a turn within a degree of a quarter is one, as for the ffmpeg program. Null for a slanted
    /// picture. A matrix that maps all to one line is none.
    /// </summary>
    public static Orientation? FromMatrix(double a, double b, double c, double d)
    {
        double across = Math.Sqrt((a * a) + (c * c));
        double down = Math.Sqrt((b * b) + (d * d));
        if (across == 0 || down == 0)
        {
            return default(Orientation);
        }

        double degrees = Math.Atan2(b / down, a / across) * 180 / Math.PI;
        double second = Math.Atan2(d / down, c / across) * 180 / Math.PI;
        int quarter = (int)Math.Round(degrees / 90);
        int secondQuarter = (int)Math.Round(second / 90);
        if (Math.Abs(degrees - (90 * quarter)) > LargestResidueDegrees || Math.Abs(second - (90 * secondQuarter)) > LargestResidueDegrees)
        {
            return null;
        }

        // The axis that pointed right now points along "degrees"; the one that pointed down follows a quarter later unless mirrored.
        int rotation = ((quarter % 4) + 4) % 4 * 90;
        bool isMirrored = (((secondQuarter - quarter) % 4) + 4) % 4 == 3;
        return isMirrored ? new Orientation((360 + 180 - rotation) % 360, true) : new Orientation(rotation, false);
    }
}
