namespace Avion.Cli;

/// <summary>How commands speak of the videos of a folder.</summary>
internal static class VideoListing
{
    /// <summary>A folder without videos is more likely a wrong path than a tree that is in order.</summary>
    public static UsageException Nothing(string path) =>
        new($"'{path}' holds no video, expected files such as {string.Join(", ", [".mp4", ".mov", ".mkv", ".webm", ".avi"])} in it or below it.");

    /// <summary>Refuses destinations that do not go with the source, and such as take no files.</summary>
    public static void CheckDestination(string source, string destination)
    {
        if (Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(destination)))
        {
            throw new UsageException($"'{destination}' is the source itself; give another folder for the chunks.");
        }

        _ = NamedPath.Require(source, "a video or a folder of videos");
        try
        {
            PreparationPaths.Check(source, destination);
        }
        catch (InvalidDataException error)
        {
            throw new UsageException(error.Message, error);
        }

        NamedPath.RequireFolder(destination, "DESTINATION");
    }

    /// <summary>A problem's detail without the path, which has a column of its own.</summary>
    public static string Detail(Problem problem)
    {
        string prefix = $"Cannot read '{problem.Path}': ";
        return problem.Detail.StartsWith(prefix, StringComparison.Ordinal) ? problem.Detail[prefix.Length..] : problem.Detail;
    }
}
