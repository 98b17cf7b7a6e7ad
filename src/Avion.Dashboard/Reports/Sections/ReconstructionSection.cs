namespace Avion.Dashboard;

/// <summary>Held-out clips of which a masked autoencoder saw a part.</summary>
internal static class ReconstructionSection
{
    public static void Append(HtmlText page, IReadOnlyList<Reconstruction> reconstructions)
    {
        page.Element("h2", "What the model fills in");
        page.Element("p", "Held-out clips, frames from left to right. First row: the clip; second: what the model saw of it; third: "
            + "what it saw and what it filled in. Where the model predicts patches that are normalized by themselves, brightness and "
            + "contrast of a hidden patch are taken from the clip, as is usual for these pictures. The error is that of the evaluation, "
            + "for this clip.", "class=\"faint\"");
        page.Markup("<ul class=\"reconstructions\">\n");
        foreach (Reconstruction clip in reconstructions)
        {
            string error = ReportNumber.Of(clip.Error);
            page.Markup("<li>").Picture(
                clip.Picture, $"{clip.Clip} in three rows of frames: the clip, what the model saw, what it filled in; error {error}");
            page.Element("p", $"{clip.Clip}; error {error}", "class=\"faint\"").Markup("</li>\n");
        }

        page.Markup("</ul>\n");
    }
}
