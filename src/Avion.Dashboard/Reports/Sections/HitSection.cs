namespace Avion.Dashboard;

/// <summary>Captions and the clips that they find.</summary>
internal static class HitSection
{
    private const int Captions = 6, ClipsPerCaption = 4;

    public static void Append(ClipPage clips)
    {
        HtmlText page = clips.Page;
        GalleryRanking ranking = clips.View.Ranking(byClip: false);
        int[] right = [.. ranking.Take(mistakes: false, 0, int.MaxValue)];
        int[] shown = [.. Enumerable.Range(0, Math.Min(Captions, right.Length))
            .Select(index => right[(int)((long)index * right.Length / Math.Min(Captions, right.Length))])];
        page.Element("h2", "Captions and the clips they find");
        page.Element("p", $"{clips.Contents.Weights}: each caption ranks all "
            + $"{Quantity.Count(clips.Contents.Clips.Count, "held-out clip")}. Of {Quantity.Count(ranking.Answerable, "caption")} "
            + $"{right.Length} find a right clip first"
            + (shown.Length > 0 ? $"; {shown.Length} of them, evenly chosen, with the clips that come first. " : ". ")
            + "A clip is right where its annotations call it relevant. " + clips.PictureNote, "class=\"faint\"");
        foreach (int caption in shown)
        {
            string text = clips.Contents.Answers[caption];
            page.Element("h3", $"“{text}”").Markup("<ol class=\"clips\">\n");
            foreach ((int index, RankedItem item) in ranking.Best(caption, ClipsPerCaption).Index())
            {
                clips.AppendClip(text, caption, item, index + 1);
            }

            page.Markup("</ol>\n");
        }
    }
}
