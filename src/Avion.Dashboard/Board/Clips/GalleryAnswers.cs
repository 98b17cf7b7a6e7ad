namespace Avion.Dashboard;

/// <summary>Whether the clips of a run are there.</summary>
/// <param name="Word"><c>none</c> (nobody asked), <c>working</c>, <c>ready</c>, <c>failed</c> or <c>unavailable</c>.</param>
internal sealed record GalleryState(string Word)
{
    /// <summary>Why it failed, or cannot be.</summary>
    public string Message { get; init; } = "";

    /// <summary>While working, the share that is done.</summary>
    public double? Progress { get; init; }

    public string Weights { get; init; } = "";

    public string AnswerKind { get; init; } = "";

    public int Clips { get; init; }

    public int Answers { get; init; }

    public int FramesPerPicture { get; init; }

    public bool ReadsText { get; init; }

    public static GalleryState Of(GalleryView view) => new("ready")
    {
        Weights = view.Contents.Weights,
        AnswerKind = view.Contents.AnswerKind,
        Clips = view.Contents.Clips.Count,
        Answers = view.Contents.Answers.Count,
        FramesPerPicture = view.Contents.FramesPerPicture,
        ReadsText = view.Contents.ReadsText,
    };
}

/// <summary>Clips in a plane.</summary>
/// <param name="Points">Of each clip its place, x then y.</param>
/// <param name="Clips">Name of each clip.</param>
/// <param name="Truths">Number of each clip's right answer, -1 where unknown.</param>
/// <param name="Answers">Texts of the answers.</param>
/// <param name="Shares">Share of the spread that each axis shows.</param>
internal sealed record GalleryMap(
    IReadOnlyList<double[]> Points, IReadOnlyList<string> Clips, IReadOnlyList<int> Truths, IReadOnlyList<string> Answers, double[] Shares)
{
    /// <summary>More points than this cover one another.</summary>
    private const int MostPoints = 5000;

    private const int Digits = 5;

    public static GalleryMap Of(GalleryView view)
    {
        (double[] places, double[] shares) = view.Map;
        int count = Math.Min(MostPoints, view.Contents.Clips.Count);
        return new GalleryMap(
            [.. Enumerable.Range(0, count)
                .Select(clip => (double[])[Math.Round(places[2 * clip], Digits), Math.Round(places[(2 * clip) + 1], Digits)])],
            [.. view.Contents.Clips.Take(count)], [.. Enumerable.Range(0, count).Select(view.TruthOf)], view.Contents.Answers, shares);
    }
}

/// <summary>A part of the rankings.</summary>
/// <param name="Total">How many there are of the kind that was asked for.</param>
/// <param name="Answerable">Queries for which something is right.</param>
/// <param name="Mistakes">Queries whose first is wrong.</param>
/// <param name="Rows">The part.</param>
internal sealed record GalleryRankings(int Total, int Answerable, int Mistakes, IReadOnlyList<GalleryRow> Rows)
{
    private const int ShownItems = 5;

    public static GalleryRankings Of(GalleryView view, bool byClip, bool mistakes, int offset, int count)
    {
        GalleryRanking ranking = view.Ranking(byClip);
        return new GalleryRankings(
            mistakes ? ranking.Mistakes : ranking.Answerable - ranking.Mistakes, ranking.Answerable, ranking.Mistakes,
            [.. ranking.Take(mistakes, offset, count).Select(query => new GalleryRow(
                byClip ? view.Contents.Clips[query] : view.Contents.Answers[query], byClip ? query : null,
                ranking.PlaceOfFirstRight(query) + 1,
                [.. ranking.Best(query, ShownItems).Select(item => GalleryItem.Of(view, item, byClip))],
                ranking.BestRight(query) is { } right ? GalleryItem.Of(view, right, byClip) : null))]);
    }
}

/// <summary>One that asks, and what came first.</summary>
/// <param name="Text">The caption, the class or the clip's name.</param>
/// <param name="Clip">The clip's number where a clip asks.</param>
/// <param name="Place">Place of the first right one, from 1.</param>
/// <param name="Best">The best, best first.</param>
/// <param name="Right">The best of the right ones.</param>
internal sealed record GalleryRow(string Text, int? Clip, int Place, IReadOnlyList<GalleryItem> Best, GalleryItem? Right);

/// <summary>A clip or an answer with its score.</summary>
/// <param name="Clip">Number of the clip; null for an answer.</param>
/// <param name="Text">A clip's right answer, or the answer itself.</param>
/// <param name="Name">The clip's name; empty for an answer.</param>
/// <param name="Score">Cosine, logit or probability.</param>
/// <param name="IsRight">Whether it is right.</param>
internal sealed record GalleryItem(int? Clip, string Text, string Name, double Score, bool? IsRight)
{
    public static GalleryItem Of(GalleryView view, RankedItem item, bool byClip) => byClip
        ? new GalleryItem(null, view.Contents.Answers[item.Number], "", item.Score, item.IsRight)
        : OfClip(view, item.Number, item.Score, item.IsRight);

    public static GalleryItem OfClip(GalleryView view, int clip, double score, bool? isRight)
    {
        int truth = view.TruthOf(clip);
        return new GalleryItem(clip, truth < 0 ? "" : view.Contents.Answers[truth], view.Contents.Clips[clip], score, isRight);
    }
}

/// <summary>Clips that a text finds.</summary>
/// <param name="Query">The text.</param>
/// <param name="Note">What the reader should know of it; empty where there is nothing.</param>
/// <param name="Hits">Best first.</param>
internal sealed record GalleryHits(string Query, string Note, IReadOnlyList<GalleryItem> Hits)
{
    private const int ShownHits = 12;

    public static GalleryHits Of(GalleryView view, string query)
    {
        FoundClips found = view.Gallery.Search(query, ShownHits);
        return new GalleryHits(query, found.Note ?? "",
            [.. found.Clips.Select(hit => GalleryItem.OfClip(view, hit.Clip, hit.Score, null))]);
    }
}
