using System.Collections.Concurrent;

namespace Avion.Data;

/// <summary>Which clips of a table have a video, as listings, indexes and headers tell: no picture is decoded.</summary>
/// <remarks>A clip is outside its video when it begins more than a second after the video's end, where that end is known
/// (<see cref="VideoEnds"/>); other such clips are found when they are read, and count as unreadable.</remarks>
public sealed record ClipCensus
{
    private const int MostNamed = 5, MostThreads = 16;

    private ClipCensus(ClipTable table, VideoStore store) => (Table, Store) = (table, store);

    /// <summary>The annotations.</summary>
    public ClipTable Table { get; }

    /// <summary>Where the videos lie.</summary>
    public VideoStore Store { get; }

    /// <summary>Videos that the annotations name and that are not there.</summary>
    public int MissingVideos { get; private init; }

    /// <summary>Clips of those videos.</summary>
    public int MissingClips { get; private init; }

    /// <summary>Clips that begin after their video has ended.</summary>
    public int OutsideClips { get; private init; }

    /// <summary>Clips of which it is known whether they begin after their video has ended: all that have a video, but where more videos
    /// would have to be opened than <see cref="VideoEnds.MostHeaders"/>, or do not tell their end.</summary>
    public int JudgedClips { get; private init; }

    /// <summary>The first missing videos and the first clips outside of theirs.</summary>
    public IReadOnlyList<string> FirstNames { get; private init; } = [];

    /// <summary>Share of the clips that have nothing to show; where only some could be judged, the others are taken to be like
    /// them.</summary>
    public double AbsentFraction => Table.Count == 0 ? 0 : (MissingClips + OutsideShare) / Table.Count;

    private double OutsideShare => OutsideClips == 0 ? 0 : OutsideClips * ((Table.Count - MissingClips) / (double)JudgedClips);

    /// <summary>Each of <see cref="ClipTable.Videos"/>; null where it is missing.</summary>
    internal StoredVideo?[] Videos { get; private init; } = [];

    /// <summary>Numbers of the clips that have nothing to show, ascending.</summary>
    internal int[] Absent { get; private init; } = [];

    /// <summary>Looks for all videos of a table.</summary>
    /// <param name="table">The annotations.</param>
    /// <param name="store">Where the videos lie.</param>
    /// <param name="framesPerSecond">The rate by which times become frame numbers; null for that of each video.</param>
    /// <exception cref="DataException">A name means two videos, or two names mean one.</exception>
    public static ClipCensus Take(ClipTable table, VideoStore store, double? framesPerSecond = null)
    {
        StoredVideo?[] videos = FindAll(table, store);
        ChunkLength.Require(store, videos);
        VideoEnds ends = VideoEnds.Find(table, store, videos, framesPerSecond);
        List<int> absent = [];
        int missing = 0, judged = 0;
        List<string> names = [.. table.Videos.Where((_, number) => videos[number] is null).Take(MostNamed).Select(name => $"'{name}'")];
        for (int clip = 0; clip < table.Count; clip++)
        {
            ClipRow row = table[clip];
            if (videos[row.Video] is null)
            {
                missing++;
                absent.Add(clip);
                continue;
            }

            judged += ends.Judges(row) ? 1 : 0;
            if (ends.IsOutside(row))
            {
                absent.Add(clip);
                if (absent.Count - missing <= MostNamed)
                {
                    names.Add(FormattableString.Invariant(
                        $"{table.Describe(clip)} at {table.PlaceOf(clip)}, of a video of {ends.SecondsOf(row.Video):F2} s"));
                }
            }
        }

        return new ClipCensus(table, store)
        {
            Videos = videos,
            Absent = [.. absent],
            MissingVideos = videos.Count(video => video is null),
            MissingClips = missing,
            OutsideClips = absent.Count - missing,
            JudgedClips = judged,
            FirstNames = names,
        };
    }

    /// <summary>How many clips have nothing to show, and why, as a sentence; empty where all are there.</summary>
    public string Describe()
    {
        if (Absent.Length == 0)
        {
            return "";
        }

        string missing = MissingVideos == 0 ? "" : $"{MissingClips} because {MissingVideos} of {Table.Videos.Count} videos are missing in "
            + $"'{Store.Location}'";
        string outside = OutsideClips == 0 ? "" : $"{OutsideClips} because they begin after the end of their video"
            + (JudgedClips == Table.Count - MissingClips ? "" : $" (the ends of the videos of {JudgedClips} clips are known)");
        return FormattableString.Invariant($"{Absent.Length} of {Table.Count} clips of '{Table.Name}' ({AbsentFraction:P2}) ")
            + $"have nothing to show: {string.Join(", ", ((string[])[missing, outside]).Where(part => part.Length > 0))}. The first: "
            + $"{string.Join(", ", FirstNames)}.";
    }

    /// <summary>Refuses a table of which too much is absent.</summary>
    /// <param name="maximumFraction">Share of its clips that may be.</param>
    /// <exception cref="DataException">More are.</exception>
    public void Require(double maximumFraction)
    {
        if (Absent.Length == Table.Count)
        {
            throw new DataException(Describe() + Advice());
        }

        if (AbsentFraction > maximumFraction)
        {
            throw new DataException(FormattableString.Invariant($"{Describe()} Expected at most {maximumFraction:P2}.{Advice()}"));
        }
    }

    private string Advice()
    {
        string why = MissingVideos > 0 ? $" {Store.Explain(Table.Videos[Array.FindIndex(Videos, video => video is null)])}" : "";
        StoredVideo? cut = OutsideClips > 0 ? Array.Find(Videos, video => video?.ChunkSeconds > 0) : null;
        why += cut is null ? "" : $" Set chunk_seconds, which is {cut.ChunkSeconds}, to the length with which the videos were cut, "
            + "if it is another.";
        return $"{why} Prepare what is missing with 'avion data prepare', or allow more with data.maximum_missing_fraction.";
    }

    private static StoredVideo?[] FindAll(ClipTable table, VideoStore store)
    {
        StoredVideo?[] videos = new StoredVideo?[table.Videos.Count];
        bool[] shortened = new bool[videos.Length];
        ConcurrentDictionary<int, DataException> errors = [];

        // Some stores list a folder for each video, which waits for the disk and not for a processor.
        Parallel.For(0, videos.Length, new ParallelOptions { MaxDegreeOfParallelism = MostThreads }, number =>
        {
            try
            {
                videos[number] = store.TryFind(table.Videos[number], out shortened[number]);
            }
            catch (DataException error)
            {
                errors[number] = error;
            }
        });
        if (!errors.IsEmpty)
        {
            throw errors.MinBy(pair => pair.Key).Value;
        }

        RefuseMergedNames(table, store, videos, shortened);
        return videos;
    }

    /// <summary>Names with more folders than the store has may stand for different videos of which it has one.</summary>
    private static void RefuseMergedNames(ClipTable table, VideoStore store, StoredVideo?[] videos, bool[] shortened)
    {
        Dictionary<Avion.Video.VideoSource, string> names = [];
        for (int number = 0; number < videos.Length; number++)
        {
            if (!shortened[number] || videos[number] is not { } video)
            {
                continue;
            }

            string name = table.Videos[number];
            if (!names.TryAdd(video.SourceOf(0), name)
                && !VideoNames.StemOf(names[video.SourceOf(0)]).SequenceEqual(VideoNames.StemOf(name)))
            {
                throw new DataException($"'{table.Name}' names '{names[video.SourceOf(0)]}' and '{name}', and '{store.Location}' has only "
                    + $"'{video.SourceOf(0)}' for both. Give the folder that holds their folders.");
            }
        }
    }
}
