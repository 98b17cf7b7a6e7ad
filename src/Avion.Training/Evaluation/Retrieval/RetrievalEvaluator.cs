namespace Avion.Training;

/// <summary>How well clips find their captions (v2t) and captions their clips (t2v) among all others of a data set.</summary>
/// <param name="model">The model.</param>
/// <param name="openLoader">Opens one pass over the data set: each sample once, unreadable ones marked.</param>
/// <param name="clips">Samples of the data set, for progress.</param>
/// <param name="relevancy">Tokens of the captions to search with and their relevance to the clips; null: the clips' own captions.</param>
public sealed class RetrievalEvaluator(
    DualEncoder model, Func<ClipLoader> openLoader, int clips, (IReadOnlyList<int[]> Captions, RelevanceMatrix Matrix)? relevancy = null)
        : IEvaluator
{
    private static readonly int[] s_cutoffs = [1, 5, 10];

    /// <exception cref="RunException">No clip at all could be read: there is nothing to score.</exception>
    public IEnumerable<Scalar> Run(ITrainingObserver observer, CancellationToken cancellation)
    {
        using ClipLoader loader = openLoader();
        RetrievalFeatures features = RetrievalFeatures.Extract(
            model, loader, clips, observer.EvaluationProgress, cancellation, relevancy?.Captions);
        if (features.UnreadableClips > 0)
        {
            BadClip first = loader.BadClips[0];
            string example = $"the first is {first.Sample}: {first.Reason}";
            if (features.ClipCount == 0)
            {
                throw new RunException($"None of the {clips} clips to evaluate on could be read; "
                    + $"{example} Check data.validation.videos and the captions.");
            }

            observer.Warning($"{features.UnreadableClips} of {clips} clips could not be read and are left out of the evaluation; {example}");
        }

        return Score(features, features.Similarity(),
            relevancy is { } given ? features.RowsOf(given.Matrix) : features.OwnCaptionRelevancy());
    }

    /// <summary>All metrics of given features; similarity and relevancy are [C, M].</summary>
    public static IEnumerable<Scalar> Score(RetrievalFeatures features, float[] similarity, float[] relevancy)
    {
        int rows = features.ClipCount, columns = features.CaptionCount;
        float[] similarityT2V = Transpose(similarity, rows, columns), relevancyT2V = Transpose(relevancy, rows, columns);

        RetrievalScores v2t = RetrievalMetrics.All(similarity, relevancy, rows, columns, s_cutoffs);
        RetrievalScores t2v = RetrievalMetrics.All(similarityT2V, relevancyT2V, columns, rows, s_cutoffs);
        RetrievalScore mapV2T = v2t.MeanAveragePrecision, mapT2V = t2v.MeanAveragePrecision;
        yield return new Scalar("map_v2t", mapV2T.Value);
        yield return new Scalar("map_t2v", mapT2V.Value);
        yield return new Scalar("map_average", (mapV2T.Value + mapT2V.Value) / 2);
        double chanceV2T = RetrievalChance.MeanAveragePrecision(relevancy, rows, columns);
        double chanceT2V = RetrievalChance.MeanAveragePrecision(relevancyT2V, columns, rows);
        yield return new Scalar("map_v2t_chance", chanceV2T);
        yield return new Scalar("map_t2v_chance", chanceT2V);
        yield return new Scalar("map_average_chance", (chanceV2T + chanceT2V) / 2);

        yield return new Scalar("ndcg_v2t", v2t.Ndcg.Value);
        yield return new Scalar("ndcg_t2v", t2v.Ndcg.Value);
        yield return new Scalar("ndcg_average", (v2t.Ndcg.Value + t2v.Ndcg.Value) / 2);
        yield return new Scalar("ndcg_average_chance",
            (RetrievalChance.Ndcg(relevancy, rows, columns) + RetrievalChance.Ndcg(relevancyT2V, columns, rows)) / 2);

        for (int i = 0; i < s_cutoffs.Length; i++)
        {
            int cutoff = s_cutoffs[i];
            yield return new Scalar($"recall_at_{cutoff}_v2t", v2t.Recalls[i].Value);
            yield return new Scalar($"recall_at_{cutoff}_t2v", t2v.Recalls[i].Value);
            yield return new Scalar($"recall_at_{cutoff}_v2t_chance", RetrievalChance.RecallAt(cutoff, relevancy, rows, columns));
            yield return new Scalar($"recall_at_{cutoff}_t2v_chance", RetrievalChance.RecallAt(cutoff, relevancyT2V, columns, rows));
        }

        yield return new Scalar("clips", rows);
        yield return new Scalar("captions", columns);
        yield return new Scalar("unreadable_clips", features.UnreadableClips);
        yield return new Scalar("queries_left_out", mapV2T.QueriesLeftOut + mapT2V.QueriesLeftOut);
    }

    private static float[] Transpose(float[] values, int rows, int columns)
    {
        float[] transposed = new float[values.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                transposed[(column * rows) + row] = values[(row * columns) + column];
            }
        }

        return transposed;
    }
}
