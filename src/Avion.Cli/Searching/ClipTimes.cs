namespace Avion.Cli;

/// <summary>Parts of videos as people find them in a player.</summary>
internal static class ClipTimes
{
    /// <summary>Such as <c>1:04 – 1:08</c>, or <c>0:02.5 – 0:03.5</c> where seconds are not whole; <c>whole</c> of a whole video.</summary>
    public static string Of(ClipSpan span) => span.IsWhole ? "whole" : $"{Of(span.Start)} – {Of(span.End)}";

    private static string Of(double seconds)
    {
        double rounded = Math.Round(Math.Max(seconds, 0), 1);
        string tenths = rounded == Math.Floor(rounded) ? "" : string.Create(CultureInfo.InvariantCulture, $".{(long)Math.Round(rounded * 10) % 10}");
        return Quantity.Clock(TimeSpan.FromSeconds(Math.Floor(rounded))) + tenths;
    }
}
