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

    /// <summary>Gives labels that are in none of <see cref="Classes"/> the number -1; otherwise they are refused.</summary>
    public bool MarksUnknownClasses { get; init; }
}
