namespace Avion.Cli;

/// <summary>The clips that a command line names: files, folders, chunk folders and shards, or one list of annotations.</summary>
internal static class NamedClips
{
    /// <summary>Lists them.</summary>
    /// <param name="paths">What the command line names.</param>
    /// <param name="videos">Where the videos of a list lie; null for the folder that it lies in.</param>
    /// <exception cref="UsageException">There is nothing of a name, or the list is wrong.</exception>
    public static (ClipTable Clips, VideoStore Store) Read(IReadOnlyList<string> paths, string? videos)
    {
        foreach (string path in paths.Where(path => !path.Contains('{', StringComparison.Ordinal)))
        {
            _ = NamedPath.Require(path, "a video, a folder of videos or a list of annotations");
        }

        return RefusedStart.Run(() => paths is [string list] && IsList(list) ? ReadList(list, videos) : List(paths, videos));
    }

    /// <summary>Tells what of a list is left out, and what is wrong with places.</summary>
    public static void Tell(ClipTable clips, VideoStore store, Action<string> tell)
    {
        if (IsList(clips.Name))
        {
            tell($"'{clips.Name}' is read as a list of annotations: {Quantity.Count(clips.Count, "clip")} of {Quantity.Count(clips.Videos.Count, "video")}.");
        }

        foreach (string note in clips.Notes.Concat(store.Problems.Select(problem => $"Not all can be read: {problem}.")))
        {
            tell(note);
        }
    }

    /// <summary>How a command ends that could not list all of what it was to read.</summary>
    /// <param name="store">What it read; null for nothing.</param>
    /// <param name="exitCode">How it would end otherwise.</param>
    public static int ExitCodeOf(VideoStore? store, int exitCode) => exitCode == ExitCode.Ok && store?.Problems.Count > 0 ? ExitCode.Failed : exitCode;

    /// <summary>Tells what is left out and wrong, and cuts the clips into windows.</summary>
    public static ClipWindows Cut(ClipTable clips, VideoStore store, WindowRule rule, int threads, ProgressDisplay display,
        CancellationToken cancellation)
    {
        Tell(clips, store, display.Line);
        return ClipWindows.Cut(clips, store, rule, static () => new VideoClipSource(), threads,
            done => ClipProgress.ShowVideos(display, done, clips.Videos.Count), cancellation);
    }

    public static bool IsList(string path) => File.Exists(path) && ClipAnnotations.AreNamed(path);

    private static (ClipTable Clips, VideoStore Store) ReadList(string list, string? videos)
    {
        string root = videos ?? Path.GetDirectoryName(Path.GetFullPath(list))!;
        if (videos is not null && !videos.Contains('{', StringComparison.Ordinal))
        {
            _ = NamedPath.Require(videos, "the folder or the shards of the videos");
        }

        NamedVideos store = new(root);
        try
        {
            return (ClipAnnotations.Read(list, new AnnotationOptions { Use = AnnotationUse.Clips }), store);
        }
        catch (DataException error)
        {
            throw new UsageException($"{WordOn(list)} It is none: {error.Message}", error);
        }
    }

    /// <summary>What a file is taken for, and why.</summary>
    private static string WordOn(string list) =>
        $"'{list}' is taken for a list of annotations, because its name ends in '{Path.GetExtension(list)}'.";

    private static (ClipTable Clips, VideoStore Store) List(IReadOnlyList<string> paths, string? videos)
    {
        if (paths.FirstOrDefault(IsList) is { } mixed)
        {
            throw new UsageException($"{WordOn(mixed)} A list is given alone, without videos: run the command once for each.");
        }

        if (videos is not null)
        {
            throw new UsageException("--videos says where the videos of a list of annotations lie; there is no list.");
        }

        NamedVideos store = new(paths);
        return (store.ListWhole(), store);
    }
}
