namespace Avion.Dashboard;

/// <summary>The worst mistakes: queries whose right answer comes latest, beside what came first instead.</summary>
internal static class MistakeSection
{
    private const int Captions = 6, Clips = 9, First = 3;

    public static void Append(ClipPage clips)
    {
        clips.Page.Element("h2", "Mistakes");
        if (clips.IsCaptioned)
        {
            AppendCaptions(clips);
        }

        AppendClips(clips);
    }

    private static void AppendCaptions(ClipPage clips)
    {
        HtmlText page = clips.Page;
        GalleryRanking ranking = clips.View.Ranking(byClip: false);
        page.Element("h3", "Captions that find a wrong clip first");
        page.Element("p", Sentence(ranking, "caption", "a wrong clip first"), "class=\"faint\"");
        foreach (int caption in ranking.Take(mistakes: true, 0, Captions))
        {
            string text = clips.Contents.Answers[caption];
            int place = ranking.PlaceOfFirstRight(caption) + 1;
            page.Element("h4", $"“{text}”: the first right clip has place {place}").Markup("<ol class=\"clips\">\n");
            foreach ((int index, RankedItem item) in ranking.Best(caption, Math.Min(First, place - 1)).Index())
            {
                clips.AppendClip(text, caption, item, index + 1);
            }

            clips.AppendClip(text, caption, ranking.BestRight(caption)!, place);
            page.Markup("</ol>\n");
        }
    }

    private static void AppendClips(ClipPage clips)
    {
        HtmlText page = clips.Page;
        string kind = clips.Contents.AnswerKind;
        GalleryRanking ranking = clips.View.Ranking(byClip: true);
        page.Element("h3", $"Clips that are given a wrong {kind}");
        page.Element("p", Sentence(ranking, "clip", $"a wrong {kind} first"), "class=\"faint\"");
        page.Markup("<ul class=\"answers\">\n");
        foreach (int clip in ranking.Take(mistakes: true, 0, Clips))
        {
            int place = ranking.PlaceOfFirstRight(clip) + 1;
            page.Markup("<li class=\"clip\">");
            clips.AppendPicture(clip, $"given a wrong {kind}, the right one has place {place}");
            page.Element("p", clips.Contents.Clips[clip], "class=\"faint\"").Markup("<ol>\n");
            foreach ((int index, RankedItem item) in ranking.Best(clip, Math.Min(First, place - 1)).Index())
            {
                clips.AppendAnswer(clip, item, index + 1);
            }

            clips.AppendAnswer(clip, ranking.BestRight(clip)!, place);
            page.Markup("</ol></li>\n");
        }

        page.Markup("</ul>\n");
    }

    private static string Sentence(GalleryRanking ranking, string query, string mistake) => ranking.Answerable == 0
        ? $"For no {query} is anything known to be right, so there are no mistakes to show."
        : ranking.Mistakes == 0
        ? $"None: no {query} of {ranking.Answerable} puts {mistake}."
        : $"{ranking.Mistakes} of {Quantity.Count(ranking.Answerable, query)} put {mistake} "
            + $"({ReportNumber.Percent((double)ranking.Mistakes / ranking.Answerable)}). The worst come first.";
}
