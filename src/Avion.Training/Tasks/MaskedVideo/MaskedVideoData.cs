namespace Avion.Training;

/// <summary>Opens the clips of masked pre-training: those of annotations, of which videos and times alone matter, or every video below a
/// folder or in shards.</summary>
internal static class MaskedVideoData
{
    private static readonly AnnotationOptions s_clips = new() { Use = AnnotationUse.Clips };

    /// <summary>Opens what a recipe names.</summary>
    /// <exception cref="DataException">Annotations or videos are missing or wrong.</exception>
    /// <exception cref="RunException">The recipe names no videos.</exception>
    public static TrainingData Open(Recipe recipe, TaskPurpose purpose) => new()
    {
        Train = purpose == TaskPurpose.Training ? ClipSets.ForTraining(recipe, ClipSets.ReadTraining(recipe, s_clips)) : null,
        Validation = ClipSets.ForValidation(recipe, s_clips),
        OpenSource = () => new VideoClipSource(),
    };
}
