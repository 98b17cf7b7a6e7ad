namespace Avion.Cli;

/// <summary>`--videos DIR`: the place of the videos that a list of annotations names.</summary>
internal static class ListVideosOption
{
    public static Option<string?> Create() => new("--videos")
    {
        Description = "Where the videos of a list of annotations lie; the list's own folder if left out.",
    };
}
