namespace Avion.ConformanceTool;

/// <summary>Mean average precision and nDCG of a matrix of similarities, in both directions.</summary>
internal sealed class RetrievalMetricsConformance : IConformanceKind
{
    /// <summary>Similarities and relevancies are float32 here; the orders they give are the same, the gains round.</summary>
    private const double Tolerance = 1e-7;

    public string Kind => "mir_metrics";

    public void Check(JsonElement fixture, ConformanceContext context, FigureList figures) => Compare(
        fixture.Required("similarity").Floats(), fixture.Required("relevancy").Floats(), fixture.Int("rows"), fixture.Int("columns"),
        fixture.Doubles("map_v2t_t2v_avg"), fixture.Doubles("ndcg_v2t_t2v_avg"), figures);

    internal static void Compare(
        float[] similarity, float[] relevancy, int rows, int columns, double[] map, double[] ndcg, FigureList figures)
    {
        float[] similarityBack = Transpose(similarity, rows, columns), relevancyBack = Transpose(relevancy, rows, columns);
        Triple("mean average precision", RetrievalMetrics.MeanAveragePrecision(similarity, relevancy, rows, columns).Value,
            RetrievalMetrics.MeanAveragePrecision(similarityBack, relevancyBack, columns, rows).Value, map, figures);
        Triple("nDCG", RetrievalMetrics.Ndcg(similarity, relevancy, rows, columns).Value,
            RetrievalMetrics.Ndcg(similarityBack, relevancyBack, columns, rows).Value, ndcg, figures);
    }

    private static void Triple(string name, double videoToText, double textToVideo, double[] expected, FigureList figures) =>
        figures.Numbers($"{name} (video to text, text to video, average)",
            [videoToText, textToVideo, (videoToText + textToVideo) / 2], expected, Tolerance);

    private static float[] Transpose(float[] matrix, int rows, int columns)
    {
        float[] transposed = new float[matrix.Length];
        for (int i = 0; i < matrix.Length; i++)
        {
            transposed[(i % columns * rows) + (i / columns)] = matrix[i];
        }

        return transposed;
    }
}
