namespace Avion.Dashboard;

/// <summary>Writes clips and answers of a gallery to a page. Whether something is right is told by a sign and a word,
/// and by colour too.</summary>
internal sealed class ClipPage(HtmlText page, GalleryView view, CancellationToken cancellation)
{
    private const string Captions = "caption";

    public HtmlText Page => page;

    public GalleryView View => view;

    public GalleryContents Contents => view.Contents;

    /// <summary>Whether answers are captions rather than classes.</summary>
    public bool IsCaptioned => Contents.AnswerKind == Captions;

    /// <summary>What the sections say of pictures.</summary>
    public string PictureNote =>
        $"Each picture shows {Contents.FramesPerPicture} frames of a clip, evenly spread over it, from left to right.";

    /// <summary>A clip with its picture, as an item of a list.</summary>
    /// <param name="query">What it was ranked for.</param>
    /// <param name="answer">Number of the answer that it was ranked for.</param>
    /// <param name="item">The clip.</param>
    /// <param name="place">Its place in the ranking, from 1.</param>
    public void AppendClip(string query, int answer, RankedItem item, int place)
    {
        page.Markup($"<li class=\"clip {(item.IsRight ? "right" : "wrong")}\">");
        AppendPicture(item.Number, $"place {place} for “{query}”, {(item.IsRight ? "right" : "wrong")}");
        page.Markup("<p>").Markup(VerdictOf(item.IsRight)).Text($" place {place}, {ScoreOf(item)}{RelevanceOf(item.Number, answer)}")
            .Markup("</p>\n");
        int truth = view.TruthOf(item.Number);
        page.Element("p", truth < 0 ? $"no {Contents.AnswerKind} known" : Contents.Answers[truth], "class=\"own\"");
        page.Element("p", Contents.Clips[item.Number], "class=\"faint\"").Markup("</li>\n");
    }

    /// <summary>A clip's picture, or why there is none.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="role">Why it is here; its name comes first.</param>
    public void AppendPicture(int clip, string role)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            page.Picture(view.Gallery.Picture(clip, cancellation), $"{Contents.FramesPerPicture} frames of {Contents.Clips[clip]}: {role}");
        }
        catch (IOException error)
        {
            page.Element("p", $"No picture: {error.Message}", "class=\"faint\"");
        }
    }

    /// <summary>An answer, as an item of a list.</summary>
    public void AppendAnswer(int clip, RankedItem item, int place)
    {
        page.Markup($"<li class=\"{(item.IsRight ? "right" : "wrong")}\">").Markup(VerdictOf(item.IsRight)).Text(" ");
        page.Element("b", Contents.Answers[item.Number]).Markup("<span class=\"faint\">")
            .Text($"place {place}, {ScoreOf(item)}{RelevanceOf(clip, item.Number)}").Markup("</span></li>\n");
    }

    private static string VerdictOf(bool isRight) =>
        isRight ? "<span class=\"verdict\">✓ right</span>" : "<span class=\"verdict\">✗ wrong</span>";

    private string ScoreOf(RankedItem item) =>
        $"{(IsCaptioned ? "similarity" : "score")} {ReportNumber.Signed(item.Score.ToString("0.000", CultureInfo.InvariantCulture))}";

    /// <summary>How right a clip is that is right in part.</summary>
    private string RelevanceOf(int clip, int answer) =>
        Contents.Relevancies?[((long)clip * Contents.Answers.Count) + answer] is > 0 and < 1 and { } relevance
            ? $", relevance {relevance.ToString("0.00", CultureInfo.InvariantCulture)}" : "";
}
