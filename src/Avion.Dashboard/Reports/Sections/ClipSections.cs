namespace Avion.Dashboard;

/// <summary>What the model answers to held-out clips: what it finds, what it mistakes, and what it fills in, with pictures.</summary>
internal static class ClipSections
{
    public static void Append(HtmlText page, RunReport report, CancellationToken cancellation)
    {
        ReportFindings findings = report.Findings;
        if (findings.Gallery is { } gallery)
        {
            ClipPage clips = new(page, new GalleryView(gallery), cancellation);
            if (clips.IsCaptioned)
            {
                HitSection.Append(clips);
            }
            else
            {
                ConfusionSection.Append(clips);
            }

            MistakeSection.Append(clips);
        }
        else if (findings.Reconstructions.Count > 0)
        {
            ReconstructionSection.Append(page, findings.Reconstructions);
        }
        else
        {
            page.Element("h2", "Hits and mistakes").Element("p", $"No clips are shown: {findings.ClipsNote}", "class=\"notice\"");
        }
    }
}
