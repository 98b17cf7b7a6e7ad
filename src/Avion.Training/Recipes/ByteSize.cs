namespace Avion.Training;

/// <summary>Amounts of memory as people write them: <c>24GiB</c>, <c>512 MiB</c>, <c>1.5GB</c>, or a number of bytes, which has a MiB at
/// least: smaller numbers are those of another unit that was left out.</summary>
public static class ByteSize
{
    /// <summary>What is expected where there is no amount.</summary>
    public const string Expected = "a size with its unit, such as 24GiB";

    private const double Kibi = 1024, Kilo = 1000, FewestBareBytes = Kibi * Kibi;

    private static readonly (string Unit, double Bytes)[] s_units =
    [
        ("KiB", Kibi), ("MiB", Kibi * Kibi), ("GiB", Kibi * Kibi * Kibi), ("TiB", Kibi * Kibi * Kibi * Kibi),
        ("KB", Kilo), ("MB", Kilo * Kilo), ("GB", Kilo * Kilo * Kilo), ("TB", Kilo * Kilo * Kilo * Kilo), ("B", 1), ("", 1),
    ];

    /// <summary>Reads an amount above zero; the unit's case does not matter.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        string trimmed = text.Trim();
        foreach ((string unit, double factor) in s_units)
        {
            if (trimmed.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
            {
                ReadOnlySpan<char> number = trimmed.AsSpan(0, trimmed.Length - unit.Length).TrimEnd();
                if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
                    || value * factor is not (>= 1 and < long.MaxValue)
                    || (unit.Length == 0 && value < FewestBareBytes))
                {
                    return false;
                }

                bytes = (long)(value * factor);
                return true;
            }
        }

        return false;
    }

    /// <summary>An amount with one decimal and the unit that fits it, such as <c>21.3 GiB</c>.</summary>
    public static string Text(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        double value = bytes;
        int unit = 0;
        while (value >= Kibi && unit < units.Length - 1)
        {
            value /= Kibi;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"{value.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture)} {units[unit]}");
    }
}
