namespace Avion.Video;

/// <summary>How long a video is.</summary>
/// <param name="Frames">Frames that are shown.</param>
/// <param name="Seconds">From the start of the first frame to the end of the last.</param>
public readonly record struct VideoLength(int Frames, double Seconds)
{
    internal static VideoLength Of(VideoIndex frames)
    {
        double tick = (double)frames.TimeBaseNumerator / frames.TimeBaseDenominator;
        return new VideoLength(frames.FrameCount, frames.SecondsOf(frames.FrameCount - 1) + (frames.LastFrameTicks * tick));
    }
}

/// <summary>Lengths of videos that the index beside them tells, without opening a video.</summary>
public static class IndexedLengths
{
    /// <summary>Lengths of the videos of a folder, by name; empty where there is no index, or a damaged one.</summary>
    public static IReadOnlyDictionary<string, VideoLength> OfFolder(string folder) => Read(Path.Combine(folder, IndexFile.NameInFolder));

    /// <summary>Whether the index still describes a video as it lies on the disk.</summary>
    public static bool IsCurrent(in VideoSource video)
    {
        try
        {
            using IndexFile file = IndexFile.Open(IndexFile.PathFor(video));
            return file.Find(Path.GetFileName(video.Path)) is { } record && record.IsCurrent(video);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static Dictionary<string, VideoLength> Read(string index)
    {
        Dictionary<string, VideoLength> lengths = new(StringComparer.Ordinal);
        if (!RegularFile.Exists(index))
        {
            return lengths;
        }

        try
        {
            using IndexFile file = IndexFile.Open(index);
            foreach (IndexRecord record in file.ReadAll())
            {
                lengths[record.Name] = VideoLength.Of(record.Index);
            }
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            // The videos themselves say the same at a higher price.
            lengths.Clear();
        }

        return lengths;
    }
}
