namespace Avion.Cli;

/// <summary>How far a command is with the clips of many videos.</summary>
internal static class ClipProgress
{
    /// <summary>Videos that were looked at, to find out how long they are.</summary>
    public static void ShowVideos(ProgressDisplay display, int done, int all) =>
        display.Report("look", (double)done / all, $"{done} of {Quantity.Count(all, "video")}");

    /// <summary>Clips that went through the model.</summary>
    /// <param name="display">Where to.</param>
    /// <param name="stage">One word.</param>
    /// <param name="done">Clips done.</param>
    /// <param name="all">Clips in all.</param>
    /// <param name="rate">How fast they were done.</param>
    /// <param name="unreadable">Those of them that could not be read.</param>
    public static void ShowClips(ProgressDisplay display, string stage, long done, long all, in FeatureStatistics rate, long unreadable = 0)
    {
        string bad = unreadable > 0 ? $", {unreadable:#,0} could not be read" : "";
        display.Report(stage, all == 0 ? 1 : (double)done / all, string.Create(CultureInfo.InvariantCulture,
            $"{done:#,0} of {Quantity.Count(all, "clip")}, {rate.ClipsPerSecond:0.0} clips/s{bad}"));
    }
}
