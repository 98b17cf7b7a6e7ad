namespace Avion.Training;

/// <summary>Opens the clips of masked pre-training: those of annotations, of which videos and times alone matter, or every video below a
/// folder.</summary>
internal static class MaskedVideoData
{
    /// <summary>Opens what a recipe names.</summary>
    /// <exception cref="DataException">Annotations or videos are missing or wrong.</exception>
    /// <exception cref="RunException">The recipe names no videos.</exception>
    public static TrainingData Open(Recipe recipe, TaskPurpose purpose)
    {
        Recipe data = recipe with
        {
            Data = recipe.Data with { Train = WholeFiles(recipe.Data.Train), Validation = WholeFiles(recipe.Data.Validation) },
        };
        return new TrainingData
        {
            Train = purpose == TaskPurpose.Training ? ClipSets.ForTraining(data, Tables(data.Data.Train, "data.train")) : null,
            Validation = data.Data.Validation.Videos.Length == 0
                ? null
                : ClipSets.ForValidation(data, Tables(data.Data.Validation, "data.validation")),
            OpenSource = () => new VideoClipSource(),
        };
    }

    /// <summary>Without annotations every file is a sample of its own, so that a chunk is too.</summary>
    private static DataSourceRecipe WholeFiles(DataSourceRecipe source) =>
        source.Annotations.Count == 0 ? source with { ChunkSeconds = 0 } : source;

    private static IReadOnlyList<ClipTable> Tables(DataSourceRecipe source, string section) =>
        source.Annotations.Count == 0 && source.Videos.Length > 0
            ? [VideoFolderList.Read(source.Videos)]
            : ClipSets.ReadTables(source, section, new AnnotationOptions { Use = AnnotationUse.Clips });
}
