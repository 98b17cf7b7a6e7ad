namespace Avion.Training;

/// <summary>How well clips find their captions (v2t) and captions their clips (t2v) among all others of a data set.</summary>
/// <remarks>Memory: 4 bytes a pair of a clip and a caption for similarities, and 4 for relevancies; 297 MB for EPIC-KITCHENS-100.</remarks>
/// <param name="model">The model.</param>
/// <param name="openLoader">Opens one pass over the data set: each sample once, unreadable ones marked.</param>
/// <param name="clips">Samples of the data set, for progress.</param>
/// <param name="relevancy">Tokens of the captions to search with and their relevance to the clips; null: the clips' own captions.</param>
public sealed class RetrievalEvaluator(
    DualEncoder model, Func<ClipLoader> openLoader, int clips, (IReadOnlyList<int[]> Captions, RelevanceMatrix Matrix)? relevancy = null)
        : IEvaluator
{
    /// <summary>Its word on the command line.</summary>
    public const string Word = "retrieval";

    private static readonly int[] s_cutoffs = [1, 5, 10];

    /// <inheritdoc />
    public string Name => Word;

    /// <inheritdoc />
    public IReadOnlyList<string> FileEndings =>
        [".json", ".safetensors", ".npy", .. (IReadOnlyList<string>)(IsOfEpicKitchens ? [".pkl", ".zip"] : [])];

    /// <summary>Whether clips and captions have the ids of EPIC-KITCHENS-100, by which its challenge knows them.</summary>
    public bool IsOfEpicKitchens { get; init; }

    /// <summary>Averages each clip with its mirror image.</summary>
    public bool AveragesFlips { get; init; }

    /// <summary>Takes similarities and embeddings for files; null for none.</summary>
    public EvaluationOutputs? Outputs { get; init; }

    /// <summary>Name of each clip by its sample, for outputs.</summary>
    public Func<long, string> NameClip { get; init; } = sample => sample.ToString(CultureInfo.InvariantCulture);

    /// <summary>Name of each caption by its number, for outputs, once the features are there.</summary>
    public Func<RetrievalFeatures, IReadOnlyList<string>>? NameCaptions { get; init; }

    /// <summary>Text of each caption by its number, where its name is not that, for outputs.</summary>
    public IReadOnlyList<string>? CaptionTexts { get; init; }

    /// <exception cref="RunException">No clip at all could be read: there is nothing to score.</exception>
    public IEnumerable<Scalar> Run(ITrainingObserver observer, CancellationToken cancellation)
    {
        using ClipLoader loader = openLoader();
        RetrievalFeatures features = RetrievalFeatures.Extract(
            model, loader, clips, observer.EvaluationProgress, cancellation, relevancy?.Captions, AveragesFlips);
        features.Clips.RequireSome(loader, clips, observer);
        float[] similarity = features.Similarity(),
            relevancies = relevancy is { } given ? features.RowsOf(given.Matrix) : features.OwnCaptionRelevancy();
        if (Outputs is not null)
        {
            AddOutputs(Outputs, features, similarity, relevancies);
        }

        return Score(features, similarity, relevancies);
    }

    /// <summary>All metrics of given features; similarity and relevancy are [C, M].</summary>
    public static IEnumerable<Scalar> Score(RetrievalFeatures features, float[] similarity, float[] relevancy)
    {
        int rows = features.ClipCount, columns = features.CaptionCount;
        RetrievalScores v2t = RetrievalMetrics.All(similarity, relevancy, rows, columns, s_cutoffs),
            t2v = RetrievalMetrics.All(similarity, relevancy, columns, rows, s_cutoffs, queriesAreColumns: true);
        foreach ((string name, Func<RetrievalScores, RetrievalScore> metric) in Averaged())
        {
            RetrievalScore forth = metric(v2t), back = metric(t2v);
            yield return new Scalar($"{name}_v2t", forth.Value);
            yield return new Scalar($"{name}_t2v", back.Value);
            yield return new Scalar($"{name}_average", (forth.Value + back.Value) / 2);
            yield return new Scalar($"{name}_v2t_chance", forth.Chance);
            yield return new Scalar($"{name}_t2v_chance", back.Chance);
            yield return new Scalar($"{name}_average_chance", (forth.Chance + back.Chance) / 2);
        }

        for (int i = 0; i < s_cutoffs.Length; i++)
        {
            int cutoff = s_cutoffs[i];
            yield return new Scalar($"recall_at_{cutoff}_v2t", v2t.Recalls[i].Value);
            yield return new Scalar($"recall_at_{cutoff}_t2v", t2v.Recalls[i].Value);
            yield return new Scalar($"recall_at_{cutoff}_v2t_chance", v2t.Recalls[i].Chance);
            yield return new Scalar($"recall_at_{cutoff}_t2v_chance", t2v.Recalls[i].Chance);
        }

        yield return new Scalar("clips", rows);
        yield return new Scalar("captions", columns);
        yield return new Scalar("unreadable_clips", features.UnreadableClips);
        yield return new Scalar("queries_left_out", v2t.MeanAveragePrecision.QueriesLeftOut + t2v.MeanAveragePrecision.QueriesLeftOut);
    }

    private static IEnumerable<(string Name, Func<RetrievalScores, RetrievalScore> Metric)> Averaged() =>
        [("map", scores => scores.MeanAveragePrecision), ("ndcg", scores => scores.Ndcg)];

    private void AddOutputs(EvaluationOutputs outputs, RetrievalFeatures features, float[] similarity, float[] relevancies)
    {
        string[] names = [.. features.SampleIds.Select(NameClip)];
        IReadOnlyList<string> captions = NameCaptions?.Invoke(features)
            ?? [.. Enumerable.Range(0, features.CaptionCount).Select(number => number.ToString(CultureInfo.InvariantCulture))];
        outputs.Add(new OutputTable("video", OutputMeaning.Features, names, features.EmbeddingSize, features.Video.ToArray()));
        outputs.Add(new OutputTable("text", OutputMeaning.Features, captions, features.EmbeddingSize, features.Text));
        outputs.Add(new OutputTable("caption", OutputMeaning.Scores, names, features.CaptionCount, similarity)
        {
            ColumnNames = captions,
            ColumnTexts = CaptionTexts,
            Relevancies = relevancies,
        });
    }
}
