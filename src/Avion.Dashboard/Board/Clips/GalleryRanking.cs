namespace Avion.Dashboard;

/// <summary>Who comes first, and how far behind the right ones are: by caption or class over the clips, and
/// by clip over the answers.</summary>
/// <remarks>Of equal scores the one with the smaller number comes first, so that results do not depend on the machine. A score that is not
/// a number comes last.</remarks>
internal sealed class GalleryRanking
{
    private readonly GalleryContents _contents;
    private readonly bool _byClip;
    private readonly int[] _order;
    private readonly (int Candidate, int Place)[] _firstRight;

    /// <param name="contents">Clips, answers and scores.</param>
    /// <param name="byClip">Whether the clips ask and answers are ranked; otherwise the answers ask and clips are ranked.</param>
    public GalleryRanking(GalleryContents contents, bool byClip)
    {
        (_contents, _byClip) = (contents, byClip);
        _firstRight = [.. Enumerable.Range(0, Queries).Select(FirstRight)];

        // The worst mistakes first; queries without a right one are no mistakes and come last.
        _order = [.. Enumerable.Range(0, Queries).OrderByDescending(query => _firstRight[query].Place).ThenBy(query => query)];
        Mistakes = _firstRight.Count(right => right.Place > 0);
        Answerable = _firstRight.Count(right => right.Place >= 0);
    }

    /// <summary>Who asks: C or M.</summary>
    public int Queries => _byClip ? _contents.Clips.Count : _contents.Answers.Count;

    /// <summary>Queries for which something is right.</summary>
    public int Answerable { get; }

    /// <summary>Queries whose first is wrong.</summary>
    public int Mistakes { get; }

    private int Candidates => _byClip ? _contents.Answers.Count : _contents.Clips.Count;

    /// <summary>A part of the queries: the worst mistakes first, or those that are right in their own order.</summary>
    public IEnumerable<int> Take(bool mistakes, int offset, int count) => mistakes
        ? _order.Take(Mistakes).Skip(offset).Take(count)
        : Enumerable.Range(0, Queries).Where(query => _firstRight[query].Place == 0).Skip(offset).Take(count);

    /// <summary>Place of the first right one, from 0; -1 where none is right.</summary>
    public int PlaceOfFirstRight(int query) => _firstRight[query].Place;

    /// <summary>The best of a query.</summary>
    public IReadOnlyList<RankedItem> Best(int query, int count) =>
    [
        .. Enumerable.Range(0, Candidates).OrderByDescending(candidate => Score(query, candidate)).ThenBy(candidate => candidate)
            .Take(count)
            .Select(candidate => new RankedItem(candidate, Finite(Score(query, candidate)), IsRight(query, candidate))),
    ];

    /// <summary>Of all right ones of a query the best.</summary>
    public RankedItem? BestRight(int query) =>
        _firstRight[query].Candidate is >= 0 and int right ? new RankedItem(right, Finite(Score(query, right)), true) : null;

    private (int Candidate, int Place) FirstRight(int query)
    {
        float best = float.NegativeInfinity;
        int right = -1;
        for (int candidate = 0; candidate < Candidates; candidate++)
        {
            if (IsRight(query, candidate) && (right < 0 || Score(query, candidate) > best))
            {
                (best, right) = (Score(query, candidate), candidate);
            }
        }

        if (right < 0)
        {
            return (-1, -1);
        }

        int before = 0;
        for (int candidate = 0; candidate < Candidates; candidate++)
        {
            float score = Score(query, candidate);
            before += score > best || (score == best && candidate < right) ? 1 : 0;
        }

        return (right, before);
    }

    private bool IsRight(int query, int candidate) => _byClip ? _contents.IsRight(query, candidate) : _contents.IsRight(candidate, query);

    private float Score(int query, int candidate)
    {
        (int clip, int answer) = _byClip ? (query, candidate) : (candidate, query);
        float score = _contents.Scores[((long)clip * _contents.Answers.Count) + answer];
        return float.IsNaN(score) ? float.NegativeInfinity : score;
    }

    private static double Finite(float score) => float.IsFinite(score) ? score : 0;
}

/// <summary>A clip or an answer in a ranking.</summary>
internal sealed record RankedItem(int Number, double Score, bool IsRight);
