namespace Avion.Dashboard;

/// <summary>The checkpoints that were saved, and which of them are left.</summary>
internal static class CheckpointSection
{
    private const int Most = 20;

    public static void Append(HtmlText page, RunReport report)
    {
        page.Element("h2", "Checkpoints");
        if (report.Checkpoints.Count == 0)
        {
            page.Element("p", "The run has saved no checkpoint.", "class=\"notice\"");
            return;
        }

        StoredCheckpoint? best = report.Checkpoints.LastOrDefault(checkpoint => checkpoint.Saved.IsBest);
        StoredCheckpoint[] kept = [.. report.Checkpoints.Where(checkpoint => checkpoint.IsKept)];
        StoredCheckpoint[] shown = [.. report.Checkpoints.Where(checkpoint => checkpoint.IsKept || checkpoint == best).TakeLast(Most)];
        page.Element("p", $"{report.Checkpoints.Count} saved, of which {kept.Length} are still there"
            + (best is null ? "; none was evaluated." : $"; the best one is that of step {best.Saved.Step}."), "class=\"faint\"");
        page.Markup("<div class=\"card table\">")
            .Table("Checkpoints", ["checkpoint", "#step", "#epoch", "saved at", "#size", "#seconds to save", "state"],
            shown.Select(checkpoint => RowOf(checkpoint, checkpoint == best))).Markup("</div>\n");
    }

    private static IReadOnlyList<string> RowOf(StoredCheckpoint checkpoint, bool isBest)
    {
        RunCheckpoint saved = checkpoint.Saved;
        return
        [
            saved.Folder, ReportNumber.Of(saved.Step), ReportNumber.Of(saved.Epoch), ReportNumber.Time(saved.Time),
            saved.Bytes is { } bytes ? Quantity.Bytes(bytes) : "", saved.Seconds is { } seconds ? ReportNumber.Of(seconds) : "",
            (isBest ? "the best, " : "") + (checkpoint.IsKept ? "kept" : "no longer there"),
        ];
    }
}
