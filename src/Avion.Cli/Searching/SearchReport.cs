namespace Avion.Cli;

/// <summary>What `avion search` prints at its end.</summary>
internal sealed class SearchReport
{
    private const int MostPictures = 50;

    /// <summary>Says what a score is, and what it is not.</summary>
    public const string Honesty = "Scores are cosines between -1 and 1, not probabilities: something is always first, also where nothing fits.";

    public required string Weights { get; init; }

    public required string Device { get; init; }

    /// <summary>How videos were cut, in words.</summary>
    public required string Windows { get; init; }

    public required IReadOnlyList<SearchQuery> Queries { get; init; }

    /// <summary>What each query found.</summary>
    public required IReadOnlyList<ClipRanking> Rankings { get; init; }

    public required GatheredClips Clips { get; init; }

    /// <summary>Where videos lie; null for names that are paths.</summary>
    public required VideoStore? Store { get; init; }

    public required int Videos { get; init; }

    /// <summary>Where features are kept; null where they are not.</summary>
    public required string? Cache { get; init; }

    /// <summary>Time of the search alone.</summary>
    public required double SearchSeconds { get; init; }

    private int Bad => Clips.BadVideos.Count + Clips.Unreadable.Count;

    private IEnumerable<Unreadable> Failures => Clips.BadVideos.Select(bad => new Unreadable(bad.Name, ClipSpan.Whole, bad.Reason))
        .Concat(Clips.Unreadable.Select(bad => new Unreadable(bad.Row.File, bad.Row.Span, bad.Reason)));

    private string BadText => FailureOutput.Sentence(Clips.BadVideos.Count, Clips.Unreadable.Count);

    /// <summary>What was not read when the features were made that are searched; null where nothing is known to be missing.</summary>
    private string? MissingText => Clips.Missing is not { } missing ? null
        : $"When these features were made, {FailureOutput.Sentence(missing.Videos, missing.Clips).TrimEnd('.')}; see '{missing.List}'.";

    /// <summary>How the scores of all clips lie, as a sentence: what the best ones are to be held against.</summary>
    private string Standing(ClipRanking ranking) => ranking.Clips == 0 ? "No clip could be ranked."
        : string.Create(CultureInfo.InvariantCulture,
        $"All {(Clips.Index.HasViews ? $"{Quantity.Count(ranking.Clips, "view")} of " : "")}{Quantity.Count(ClipsOf(ranking), "clip")}: {ranking.Mean:0.000} ± {ranking.Deviation:0.000}")
        + (ranking.HighestByChance is { } chance ? string.Create(CultureInfo.InvariantCulture,
            $"; by chance alone the best of so many would have about {chance:0.000}.") : ".");

    /// <summary>The hits as a page with pictures.</summary>
    /// <param name="progress">Takes the share of the pictures that is drawn.</param>
    /// <param name="cancellation">Stops between pictures.</param>
    public string ToHtml(Action<double> progress, CancellationToken cancellation)
    {
        using HitPictures pictures = new(Store);
        int drawn = 0, all = Math.Max(Rankings.Sum(ranking => Math.Min(ranking.Hits.Count, MostPictures)), 1);
        List<SearchAnswer> answers = [];
        for (int query = 0; query < Queries.Count; query++)
        {
            List<FoundClip> found = [];
            foreach (ClipHit hit in Rankings[query].Hits)
            {
                cancellation.ThrowIfCancellationRequested();
                byte[]? picture = found.Count < MostPictures ? pictures.Draw(hit.Row, cancellation) : null;
                found.Add(new FoundClip(hit.Row.File, TimesOf(hit.Row), hit.Score, picture));
                progress(Math.Min(++drawn, all) / (double)all);
            }

            answers.Add(new SearchAnswer(Queries[query].Title, Standing(Rankings[query]), found));
        }

        string bad = (Bad == 0 ? "" : $" {BadText}") + (MissingText is null ? "" : $" {MissingText}");
        return SearchPage.Render(
            [$"{Quantity.Count(Clips.Index.ClipCount, "clip")} of {Quantity.Count(Videos, "video")} ({Windows}), ranked by {Weights}.{bad}", Honesty], answers);
    }

    /// <summary>Prints, and says how the command ends.</summary>
    public int Write(bool asJson)
    {
        if (asJson)
        {
            JsonOutput.Write(WriteJson);
        }
        else
        {
            WriteText();
        }

        return Bad == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    // Vectors of all views of a clip can rank, or none.
    private int ClipsOf(ClipRanking ranking) =>
        Clips.Index.HasViews ? (int)((long)ranking.Clips * Clips.Index.ClipCount / Clips.Index.Rows.Count) : ranking.Clips;

    private string TimesOf(in FeatureRow row) => ClipTimes.Of(row.Span)
        + (Clips.Index.HasViews ? string.Create(CultureInfo.InvariantCulture, $", view {row.View}") : "");

    private void WriteText()
    {
        for (int query = 0; query < Queries.Count; query++)
        {
            if (query > 0)
            {
                Console.Out.WriteLine();
            }

            Console.Out.WriteLine(PrintableText.Of($"\"{Queries[query].Title}\""));
            ResultTable table = new("", "score", "time", "video");
            int rank = 0;
            foreach (ClipHit hit in Rankings[query].Hits)
            {
                table.Add(string.Create(CultureInfo.InvariantCulture, $"{++rank}."), hit.Score.ToString("0.000", CultureInfo.InvariantCulture),
                    TimesOf(hit.Row), hit.Row.File);
            }

            table.Write();
            Console.Out.WriteLine(Standing(Rankings[query]));
        }

        Console.Out.WriteLine(Honesty);
        if (MissingText is not null)
        {
            Console.Out.WriteLine(PrintableText.Of(MissingText));
        }

        if (Bad > 0)
        {
            Console.Out.WriteLine();
            FailureOutput.WriteTable(Failures, ClipTimes.Of);
            Console.Out.WriteLine(BadText + (Bad > FailureOutput.Listed ? $" --json lists {Bad - FailureOutput.Listed:#,0} more." : ""));
        }
    }

    private void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("weights", Weights);
        json.WriteString("device", Device);
        json.WriteString("windows", Windows);
        json.WriteString("cache", Cache);
        json.WriteNumber("videos", Videos);
        json.WriteNumber("clips", Clips.Index.ClipCount);
        json.WriteNumber("cached_clips", Clips.CachedClips);
        json.WriteNumber("read_clips", Clips.ReadClips);
        json.WriteNumber("bad_videos", Clips.BadVideos.Count);
        json.WriteNumber("unreadable_clips", Clips.Unreadable.Count);
        json.WriteNumber("search_milliseconds", 1e3 * SearchSeconds);
        using ClipExtents? extents = Store is null ? null : new ClipExtents(Store, static () => new VideoClipSource());
        json.WriteStartArray("queries");
        for (int query = 0; query < Queries.Count; query++)
        {
            WriteQuery(json, Queries[query], Rankings[query], extents);
        }

        json.WriteEndArray();
        FailureOutput.WriteField(json, Failures);
        if (Clips.Missing is { } missing)
        {
            json.WriteStartObject("not_extracted");
            json.WriteNumber("videos", missing.Videos);
            json.WriteNumber("clips", missing.Clips);
            json.WriteString("list", missing.List);
            json.WriteEndObject();
        }
    }

    private void WriteQuery(Utf8JsonWriter json, SearchQuery query, ClipRanking ranking, ClipExtents? extents)
    {
        json.WriteStartObject();
        if (query.Text is not null)
        {
            json.WriteString("text", query.Text);
        }
        else
        {
            json.WriteString("video", query.Video);
            ClipLines.WriteSpan(json, query.Span);
        }

        json.WriteNumber("clips", ClipsOf(ranking));
        if (Clips.Index.HasViews)
        {
            json.WriteNumber("views", ranking.Clips);
        }

        if (ranking.Clips > 0)
        {
            json.WriteNumber("mean", ranking.Mean);
            json.WriteNumber("deviation", ranking.Deviation);
        }

        if (ranking.HighestByChance is { } chance)
        {
            json.WriteNumber("highest_by_chance", chance);
        }

        json.WriteStartArray("hits");
        int rank = 0;
        foreach (ClipHit hit in ranking.Hits)
        {
            json.WriteStartObject();
            json.WriteNumber("rank", ++rank);
            json.WriteString("file", hit.Row.File);
            ClipLines.WriteSpan(json, extents?.Of(hit.Row.File, hit.Row.Span) ?? hit.Row.Span);
            if (Clips.Index.HasViews)
            {
                json.WriteNumber("view", hit.Row.View);
            }

            json.WriteNumber("score", hit.Score);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
