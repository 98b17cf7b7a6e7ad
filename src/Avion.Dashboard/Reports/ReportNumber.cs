namespace Avion.Dashboard;

/// <summary>Numbers of a report as text, as the charts write them.</summary>
internal static class ReportNumber
{
    private const double SmallestPlain = 1e-3, LargestPlain = 1e7;

    /// <summary>About four significant digits, and no exponent where it can be read without.</summary>
    public static string Of(double? value)
    {
        if (value is not { } number || !double.IsFinite(number))
        {
            return "not finite";
        }

        double size = Math.Abs(number);
        string format = size != 0 && (size < SmallestPlain || size >= LargestPlain) ? "0.##e0" : size switch
        {
            >= 1000 => "0",
            >= 100 => "0.#",
            >= 10 => "0.##",
            >= 1 => "0.###",
            _ => "0.####",
        };
        return Signed(number.ToString(format, CultureInfo.InvariantCulture));
    }

    /// <summary>A metric or its chance level: three decimals, none where it is a count.</summary>
    public static string OfMetric(double? value, bool isCount) => value is { } number && double.IsFinite(number)
        ? Signed(number.ToString(isCount ? "0" : "0.000", CultureInfo.InvariantCulture)) : "not finite";

    /// <summary>A share in percent, to a hundredth of one.</summary>
    public static string Percent(double share) => double.IsFinite(share)
        ? Signed((100 * share).ToString("0.##", CultureInfo.InvariantCulture)) + " %" : "not finite";

    /// <summary>With a true minus sign, which neither reads as a hyphen nor lets the line break behind it.</summary>
    public static string Signed(string number) => number.Replace('-', '−');

    /// <summary>A time, by the clock of all machines.</summary>
    public static string Time(DateTimeOffset? time) =>
        time is { } known ? known.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) : "";
}
