namespace Avion.Peers;

/// <summary>A comparison for people.</summary>
internal static class ComparisonText
{
    public static void Write(ComparisonResult result, TextWriter writer)
    {
        writer.WriteLine($"{"side",-26} {"threads",7} {"ms",10} {"processor ms",13} {"peak MiB",9}");
        foreach (SideTimes side in result.Sides)
        {
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{side.Title,-26} {side.Threads,7} {side.Milliseconds,10:f2} {side.ProcessorMilliseconds,13:f2} {side.PeakMebibytes,9:f0}"));
        }

        foreach (SideTimes own in result.Sides.Where(side => side.Side == "avion"))
        {
            foreach (SideTimes other in result.Sides.Where(side => side.Side != "avion" && side.Threads == own.Threads))
            {
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{other.Title} / Avion, {own.Threads} threads: {ComparisonResult.Ratio(other, own, turn => turn.Milliseconds):f2} by the "
                    + $"clock, {ComparisonResult.Ratio(other, own, turn => turn.ProcessorMilliseconds):f2} in processor time"));
            }
        }

        foreach (IGrouping<string, SideTimes> side in result.Sides.GroupBy(side => side.Title).Where(side => side.Count() > 1))
        {
            SideTimes one = side.MinBy(times => times.Threads)!, more = side.MaxBy(times => times.Threads)!;
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{side.Key}: {more.Threads} threads "
                + $"{ComparisonResult.Ratio(one, more, turn => turn.Milliseconds):f2} times as fast as {one.Threads}"));
        }
    }
}
