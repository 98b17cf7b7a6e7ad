namespace Avion.Cli;

/// <summary>Times on a command line: <c>2s</c>, <c>500ms</c>, <c>1.5m</c>, <c>1h</c>, or seconds without a unit.</summary>
internal static class Seconds
{
    private const double Least = 0.01, Most = 7 * 24 * 3600;

    private static readonly (string Unit, double Seconds)[] s_units = [("ms", 1e-3), ("min", 60), ("s", 1), ("m", 60), ("h", 3600)];

    /// <summary>Reads a time of an option.</summary>
    /// <exception cref="UsageException">It is none, or shorter than 10 ms or longer than a week.</exception>
    public static double Read(string option, string text)
    {
        (string unit, double factor) = s_units.FirstOrDefault(each => text.EndsWith(each.Unit, StringComparison.OrdinalIgnoreCase), ("", 1));
        return double.TryParse(text.AsSpan(0, text.Length - unit.Length).Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number * factor is >= Least and <= Most and double seconds
            ? seconds
            : throw new UsageException($"{option} is '{text}', expected a time such as 2s, 500ms or 1.5m, from 10 ms to a week.");
    }
}
