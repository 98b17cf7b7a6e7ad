namespace Avion.Video;

/// <summary>Frames per second as a fraction, such as 30/1 or 30000/1001.</summary>
public readonly record struct FrameRate(int Numerator, int Denominator = 1)
{
    /// <summary>Reads <c>30</c>, <c>12.5</c> or <c>30000/1001</c>.</summary>
    public static bool TryParse(string text, out FrameRate rate)
    {
        rate = default;
        string[] parts = text.Split('/');
        if (parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out int numerator) &&
            int.TryParse(parts[1], CultureInfo.InvariantCulture, out int denominator))
        {
            rate = new FrameRate(numerator, denominator);
        }
        else if (parts.Length == 1 && decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out decimal value) && value <= 1000)
        {
            rate = new FrameRate((int)Math.Round(value * 1000), 1000).Reduced();
        }

        return rate is { Numerator: > 0, Denominator: > 0 };
    }

    /// <summary>Frames in a number of seconds; null when that is no whole number.</summary>
    public int? FramesIn(int seconds) =>
        (long)seconds * Numerator % Denominator == 0 ? checked((int)((long)seconds * Numerator / Denominator)) : null;

    /// <summary>Seconds that a number of frames lasts.</summary>
    public double SecondsOf(long frames) => (double)frames * Denominator / Numerator;

    public override string ToString() => Denominator == 1
        ? Numerator.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");

    private FrameRate Reduced()
    {
        (int a, int b) = (Numerator, Denominator);
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a == 0 ? this : new FrameRate(Numerator / a, Denominator / a);
    }
}
