namespace Avion.Training;

/// <summary>Clips whose captions are drawn from sentences that describe them to a degree.</summary>
public sealed record RetrievalData : CaptionedData
{
    /// <summary>How relevant each sentence is to each training clip; null where clips are trained with their own captions, and for
    /// evaluation.</summary>
    public RelevantCaptions? TrainRelevancy { get; init; }

    /// <summary>Data of a program's own.</summary>
    public RetrievalData()
    {
    }

    /// <summary>Opens the data of a retrieval recipe.</summary>
    /// <exception cref="DataException">A file is missing or wrong.</exception>
    /// <exception cref="RunException">The files do not belong together.</exception>
    public static new RetrievalData Open(Recipe recipe, string folder, TaskPurpose purpose)
    {
        RelevantCaptions? relevancy = null;
        CaptionedData data = Open(recipe, folder, purpose, clips =>
        {
            relevancy = ReadRelevancy(recipe, [.. clips.Tables]);
            return ClipSets.ForTraining(recipe, clips, relevancy is null ? null : _ => relevancy);
        });
        return new RetrievalData(data) { TrainRelevancy = relevancy };
    }

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    private RetrievalData(CaptionedData data) : base(data)
    {
    }

    private static RelevantCaptions? ReadRelevancy(Recipe recipe, IReadOnlyList<ClipTable> tables)
    {
        RetrievalOptions options = RetrievalOptions.Of(recipe);
        if (options.TrainRelevancy.Length == 0)
        {
            return null;
        }

        if (tables.Count != 1)
        {
            throw new RunException("data.train.relevancy needs one annotation file, whose clips are its rows; data.train.annotations "
                + $"names {tables.Count}.");
        }

        CaptionStore sentences = EpicKitchens.ReadSentences(options.TrainSentences).Sentences;
        RelevantCaptions relevancy =
            RelevanceMatrix.ReadRelevant(options.TrainRelevancy, sentences, (float)options.RelevancyThreshold);

        // The published training matrix has a column more than its sentence file has lines; fewer would leave sentences without a column.
        if (relevancy.RowCount != tables[0].Count || relevancy.ColumnCount < sentences.Count)
        {
            throw new RunException($"'{options.TrainRelevancy}' is {relevancy.RowCount} x {relevancy.ColumnCount}, expected "
                + $"{tables[0].Count} clips of '{tables[0].Name}' x {sentences.Count} sentences of '{options.TrainSentences}'.");
        }

        return relevancy;
    }
}
