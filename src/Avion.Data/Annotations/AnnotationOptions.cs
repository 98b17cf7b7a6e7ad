namespace Avion.Data;

/// <summary>What a training or an evaluation takes from annotations; a file that lacks it is refused.</summary>
public enum AnnotationUse
{
    /// <summary>Whatever is there.</summary>
    Any,

    /// <summary>Clips alone: captions and labels are left out.</summary>
    Clips,

    /// <summary>Clips with captions; labels are left out.</summary>
    Captions,

    /// <summary>Clips with labels, and captions where there are any.</summary>
    Labels,
}

/// <summary>How annotations are read.</summary>
public sealed record AnnotationOptions
{
    /// <summary>What is taken from the files.</summary>
    public AnnotationUse Use { get; init; } = AnnotationUse.Any;

    /// <summary>Classes that number the labels, found by <see cref="ClassList.Label"/>; empty: those of the files.</summary>
    public IReadOnlyList<ClassList> Classes { get; init; } = [];

    /// <summary>Draws the narrations of LaViLa's narrator by their likelihood instead of uniformly; weights that a file of one's own states
    /// are always heeded.</summary>
    public bool WeighsCaptions { get; init; }

    /// <summary>Where copies of large files are kept that are read in seconds the next time; null: <c>avion/annotations</c> in the user's
    /// folder for such files, or in that of <c>AVION_CACHE</c>; empty: nowhere.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Takes clips without labels where labels are asked for, as an evaluation does that exports what it predicts.</summary>
    public bool AllowsUnlabelled { get; init; }

    /// <summary>Gives labels that are in none of <see cref="Classes"/> the number -1; otherwise they are refused.</summary>
    public bool MarksUnknownClasses { get; init; }
}
