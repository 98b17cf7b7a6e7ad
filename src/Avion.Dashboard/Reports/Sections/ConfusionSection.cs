namespace Avion.Dashboard;

/// <summary>Which classes are taken for which.</summary>
internal static class ConfusionSection
{
    private const int Most = 15;

    public static void Append(ClipPage clips)
    {
        HtmlText page = clips.Page;
        GalleryContents contents = clips.Contents;
        GalleryRanking ranking = clips.View.Ranking(byClip: true);
        (int Truth, int Said)[] answers =
        [
            .. Enumerable.Range(0, contents.Clips.Count)
                .Select(clip => (clips.View.TruthOf(clip), ranking.Best(clip, 1) is [{ } first] ? first.Number : -1))
                .Where(answer => answer.Item1 >= 0 && answer.Item2 >= 0),
        ];
        Dictionary<int, int> clipsOf = answers.CountBy(answer => answer.Truth).ToDictionary();
        KeyValuePair<(int Truth, int Said), int>[] confusions =
        [
            .. answers.Where(answer => answer.Truth != answer.Said).CountBy(answer => answer)
                .OrderByDescending(confusion => confusion.Value).ThenBy(confusion => confusion.Key),
        ];
        page.Element("h2", "Confusions");
        page.Element("p", $"{contents.Weights}: {answers.Count(answer => answer.Truth == answer.Said)} of "
            + $"{Quantity.Count(answers.Length, "held-out clip")} are given their own class."
            + (confusions.Length == 0 ? " No class is taken for another."
                : $" {Quantity.Count(confusions.Length, "pair")} of classes {(confusions.Length == 1 ? "is" : "are")} confused"
                    + (confusions.Length > Most ? $"; the {Most} most frequent:" : ":")), "class=\"faint\"");
        if (confusions.Length > 0)
        {
            page.Markup("<div class=\"card table\">")
                .Table("The most frequent confusions", ["class", "taken for", "#clips", "#share of its clips"], confusions.Take(Most)
                .Select(confusion => (IReadOnlyList<string>)[contents.Answers[confusion.Key.Truth], contents.Answers[confusion.Key.Said],
                    ReportNumber.Of(confusion.Value), ReportNumber.Percent((double)confusion.Value / clipsOf[confusion.Key.Truth])]))
                .Markup("</div>\n");
        }

        Dictionary<int, int> rightOf = answers.Where(answer => answer.Truth == answer.Said).CountBy(answer => answer.Truth).ToDictionary();
        page.Markup("<details class=\"card\">").Element("summary", "Accuracy of each class")
            .Table("Accuracy of each class", ["class", "#clips", "#right", "#accuracy"],
            clipsOf.OrderBy(own => (double)rightOf.GetValueOrDefault(own.Key) / own.Value).ThenBy(own => own.Key)
                .Select(own => (IReadOnlyList<string>)[contents.Answers[own.Key], ReportNumber.Of(own.Value),
                    ReportNumber.Of(rightOf.GetValueOrDefault(own.Key)),
                    ReportNumber.Percent((double)rightOf.GetValueOrDefault(own.Key) / own.Value)])).Markup("</details>\n");
    }
}
