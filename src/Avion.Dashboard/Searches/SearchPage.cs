namespace Avion.Dashboard;

/// <summary>A clip that was found.</summary>
/// <param name="File">Its video.</param>
/// <param name="Time">Which part of it, for people.</param>
/// <param name="Score">Its cosine with the query.</param>
/// <param name="Picture">Some of its frames side by side, as PNG or JPEG; null where there is none.</param>
public sealed record FoundClip(string File, string Time, double Score, byte[]? Picture);

/// <summary>What a query found.</summary>
/// <param name="Title">What was searched for.</param>
/// <param name="Standing">How the scores of all clips lie, as a sentence.</param>
/// <param name="Hits">The best, best first.</param>
public sealed record SearchAnswer(string Title, string Standing, IReadOnlyList<FoundClip> Hits);

/// <summary>The results of a search as one HTML file that asks for nothing outside of itself.</summary>
public static class SearchPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="about">What was searched, in sentences.</param>
    /// <param name="answers">What each query found.</param>
    public static string Render(IReadOnlyList<string> about, IReadOnlyList<SearchAnswer> answers)
    {
        HtmlText page = new();
        string title = answers.Count == 1 ? $"“{answers[0].Title}”" : $"{answers.Count} searches";
        PageHead.Append(page, PageMark.Search, $"{title}: search", hasCharts: false);
        page.Element("h1", title);
        foreach (string sentence in about)
        {
            page.Element("p", sentence, "class=\"faint\"");
        }

        foreach (SearchAnswer answer in answers)
        {
            if (answers.Count > 1)
            {
                page.Element("h2", $"“{answer.Title}”");
            }

            page.Element("p", answer.Standing, "class=\"faint\"").Markup("<ol class=\"clips\">\n");
            foreach ((int index, FoundClip hit) in answer.Hits.Index())
            {
                Append(page, answer, hit, index + 1);
            }

            page.Markup("</ol>\n");
        }

        return page.Markup("</main>\n</body>\n</html>\n").ToString();
    }

    private static void Append(HtmlText page, SearchAnswer answer, FoundClip hit, int rank)
    {
        page.Markup("<li class=\"clip\">");
        if (hit.Picture is not null)
        {
            page.Picture(hit.Picture, $"Hit {rank} for “{answer.Title}”: {hit.File}, {hit.Time}");
        }

        page.Markup("<p class=\"own\">").Text(string.Create(CultureInfo.InvariantCulture, $"{rank}. {hit.Time}")).Markup("</p><p>")
            .Path(hit.File)
            .Markup("</p><p class=\"faint\">").Text(string.Create(CultureInfo.InvariantCulture, $"score {hit.Score:0.000}"))
            .Markup(hit.Picture is null ? "; no picture</p></li>\n" : "</p></li>\n");
    }
}
