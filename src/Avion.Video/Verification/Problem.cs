namespace Avion.Video;

/// <summary>What is wrong with a video.</summary>
public enum ProblemKind
{
    /// <summary>A file that the folder's index, its manifest, its neighbours' names or the list of
    /// expected files promise is not there.</summary>
    Missing,

    /// <summary>The system refuses to read it.</summary>
    Unreadable,

    /// <summary>It has no bytes.</summary>
    Empty,

    /// <summary>It is no video, or has no video stream or no frames.</summary>
    NotVideo,

    /// <summary>It ends before data that its tables declare.</summary>
    Truncated,

    /// <summary>A picture cannot be decoded, or its tables contradict themselves, or its bytes are not those that were indexed.</summary>
    Corrupt,

    /// <summary>It has fewer frames than its index says, or lasts less than the other chunks of its video.</summary>
    Short,

    /// <summary>The distances between its frames differ.</summary>
    VariableRate,

    /// <summary>What its name or its headers declare is not what it contains.</summary>
    Misdeclared,

    /// <summary>A frame that is read alone, as training reads, is not the one that the video shows
    /// when it is read from its start.</summary>
    WrongPicture,

    /// <summary>It has a feature that the reader does not support.</summary>
    Unsupported,

    /// <summary>Reading it took too long.</summary>
    TooSlow,

    /// <summary>Its index is older than the file, or damaged, or lacks it; <c>--fix</c> makes it anew.</summary>
    StaleIndex,
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Path">The file, or the shard and the member in it.</param>
/// <param name="Kind">What.</param>
/// <param name="Detail">One sentence with numbers.</param>
/// <param name="TimeSeconds">Where in the video; null for the whole.</param>
public sealed record Problem(string Path, ProblemKind Kind, string Detail, double? TimeSeconds = null)
{
    /// <summary>
    /// What an exception says of one file. One bad file never ends the work on a tree, so that this takes whatever its contents may have
    /// led to; only what every file would meet is left out by <see cref="IsOfOneFile"/>.
    /// </summary>
    internal static Problem Of(string path, Exception exception) => exception switch
    {
        VideoException video => new(path, KindOf(video.Kind), video.Message, video.TimeSeconds),
        IOException or UnauthorizedAccessException => new(path, ProblemKind.Unreadable, exception.Message),
        InvalidDataException => new(path, ProblemKind.Corrupt, exception.Message),
        _ => new(path, ProblemKind.Corrupt, $"its tables contradict themselves ({exception.GetType().Name}: {exception.Message})"),
    };

    /// <summary>A file that is shorter than its own tables, such as a copy that was broken off; null
    /// where its pictures are all there.</summary>
    internal static Problem? OfMissingEnd(string path, VideoInfo info, long bytes)
    {
        VideoIndex index = info.Index;
        for (int sample = 0; index.Road == Road.Indexed && sample < index.SampleCount; sample++)
        {
            if (index.Offsets[sample] + index.Sizes[sample] > bytes)
            {
                return new Problem(path, ProblemKind.Truncated,
                    $"the file ends after {bytes} bytes, "
                        + $"but its tables place {index.SampleCount - sample} of {index.SampleCount} pictures behind that",
                    info.SecondsOfSample(sample));
            }
        }

        return null;
    }

    /// <summary>Whether another file may well be read after this.</summary>
    internal static bool IsOfOneFile(Exception exception) => exception is not (
        OperationCanceledException or OutOfMemoryException or VideoException { Kind: VideoErrorKind.LibraryMissing });

    private static ProblemKind KindOf(VideoErrorKind kind) => kind switch
    {
        VideoErrorKind.NotFound => ProblemKind.Missing,
        VideoErrorKind.Unreadable => ProblemKind.Unreadable,
        VideoErrorKind.Empty => ProblemKind.Empty,
        VideoErrorKind.NotVideo or VideoErrorKind.NoVideoStream or VideoErrorKind.NoFrames => ProblemKind.NotVideo,
        VideoErrorKind.Truncated => ProblemKind.Truncated,
        VideoErrorKind.Unsupported => ProblemKind.Unsupported,
        VideoErrorKind.DeadlineExceeded => ProblemKind.TooSlow,
        _ => ProblemKind.Corrupt,
    };
}
