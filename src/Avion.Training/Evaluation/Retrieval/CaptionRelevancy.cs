namespace Avion.Training;

/// <summary>Captions to search with, and how relevant each is to each clip of the validation set.</summary>
/// <param name="Captions">The caption of each column.</param>
/// <param name="Matrix">Relevances, [clips, captions].</param>
public sealed record CaptionRelevancy(IReadOnlyList<string> Captions, RelevanceMatrix Matrix)
{
    /// <summary>The narration id of each column.</summary>
    public IReadOnlyList<string> Ids { get; init; } = Captions;

    /// <summary>Reads the multi-instance retrieval files of EPIC-KITCHENS-100, or gives null when the recipe names none.</summary>
    /// <remarks>
    /// A column's caption is the narration of the clip that bears the column's narration id, as the published evaluation has it: a few
    /// lines of the sentence file disagree with their clip.
    /// </remarks>
    /// <exception cref="DataException">A file is missing or wrong.</exception>
    /// <exception cref="RunException">The files do not belong together.</exception>
    public static CaptionRelevancy? Open(Recipe recipe)
    {
        DualEncoderOptions options = DualEncoderOptions.Of(recipe);
        TextList files = recipe.Data.Validation.Annotations;
        if (options.Relevancy.Length == 0)
        {
            return null;
        }

        if (files.Count != 1)
        {
            throw new RunException($"data.validation.relevancy needs one annotation file, got {files.Count}.");
        }

        string annotations = files[0];
        ClipTable table = EpicKitchens.Read(annotations);
        Dictionary<string, int> clips = EpicKitchens.ReadNarrationIds(annotations).Index().ToDictionary(row => row.Item, row => row.Index);
        List<string> columns = EpicKitchens.ReadSentences(options.Sentences).Ids;
        RelevanceMatrix matrix = RelevanceMatrix.Read(options.Relevancy);
        if (matrix.RowCount != table.Count || matrix.ColumnCount != columns.Count)
        {
            throw new RunException($"'{options.Relevancy}' is {matrix.RowCount} x {matrix.ColumnCount}, expected {table.Count} clips of "
                + $"'{annotations}' x {columns.Count} sentences of '{options.Sentences}'.");
        }

        return new CaptionRelevancy(
            [
                .. columns.Select(id => clips.TryGetValue(id, out int clip)
                    ? table.Captions.Text(table[clip].FirstCaption)
                    : throw new RunException($"'{options.Sentences}' names narration '{id}', which is not in '{annotations}'.")),
            ],
            matrix)
        {
            Ids = columns,
        };
    }

    internal (IReadOnlyList<int[]> Captions, RelevanceMatrix Matrix) Tokenize(ICaptionEncoder encoder, int contextLength) =>
        (CaptionFeatures.Tokenize(encoder, Captions, contextLength), Matrix);
}
