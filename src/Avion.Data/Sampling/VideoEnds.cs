namespace Avion.Data;

/// <summary>When the videos of a table end, as far as its clips need to know.</summary>
/// <remarks>
/// An index beside a video tells its end; the name of the last chunk tells it to the length of a chunk. Where a clip begins late enough
/// to lie after an end that is not known better, the header of the video's last file is read, if it is mp4 or mov. Where more than
/// <see cref="MostHeaders"/> videos have such clips, as many of them are looked at, evenly spread over their names.
/// </remarks>
internal sealed class VideoEnds
{
    /// <summary>Most headers that are read, which takes about a second.</summary>
    public const int MostHeaders = 1000;

    private const int MostThreads = 16;

    // By video: infinity where the end is not known.
    private readonly double[] _seconds;

    private VideoEnds(double[] seconds) => _seconds = seconds;

    /// <summary>Finds the ends that matter.</summary>
    /// <param name="table">The clips.</param>
    /// <param name="store">Where the videos lie.</param>
    /// <param name="videos">Each video of the table; null where it is missing.</param>
    /// <param name="framesPerSecond">The rate by which times become frame numbers; null for that of each video.</param>
    public static VideoEnds Find(ClipTable table, VideoStore store, StoredVideo?[] videos, double? framesPerSecond)
    {
        double[] ends = new double[videos.Length], starts = LatestStarts(table);
        Array.Fill(ends, double.PositiveInfinity);
        List<int> unknown = [];
        for (int number = 0; number < videos.Length; number++)
        {
            // What an index costs to read is saved where all clips are whole videos, or begin with them.
            if (videos[number] is not { } video || starts[number] <= VideoTimeline.LateStartSeconds)
            {
                continue;
            }

            double end = store.KnownEndSeconds(video, framesPerSecond);
            if (starts[number] > end + VideoTimeline.LateStartSeconds && !store.ConfirmsEnd(video))
            {
                // An index that has become wrong.
                end = double.PositiveInfinity;
            }

            ends[number] = end;
            bool isRough = video.ChunkSeconds > 0 || double.IsPositiveInfinity(end);
            if (isRough && starts[number] > video.StartOf(video.ChunkCount - 1) + VideoTimeline.LateStartSeconds)
            {
                unknown.Add(number);
            }
        }

        int looks = Math.Min(unknown.Count, MostHeaders);
        Parallel.For(0, looks, new ParallelOptions { MaxDegreeOfParallelism = MostThreads }, look =>
        {
            int number = unknown[(int)((long)look * unknown.Count / looks)], last = videos[number]!.ChunkCount - 1;
            if (HeaderLength.Of(videos[number]!.SourceOf(last)) is { } length)
            {
                double seconds = framesPerSecond is { } rate ? length.Frames / rate : length.Seconds;
                ends[number] = Math.Min(ends[number], videos[number]!.StartOf(last) + seconds);
            }
        });
        return new VideoEnds(ends);
    }

    /// <summary>When a video ends at the latest; infinity where that is not known.</summary>
    public double SecondsOf(int video) => _seconds[video];

    /// <summary>Whether it is known if a clip begins after its video has ended.</summary>
    public bool Judges(in ClipRow row) => !IsLate(row) || !double.IsPositiveInfinity(_seconds[row.Video]);

    /// <summary>Whether a clip begins after its video has ended.</summary>
    public bool IsOutside(in ClipRow row) => IsLate(row) && row.Span.Start > _seconds[row.Video] + VideoTimeline.LateStartSeconds;

    private static bool IsLate(in ClipRow row) => row.Span.Start > VideoTimeline.LateStartSeconds;

    /// <summary>When the last clip of each video begins; 0 where all are whole videos.</summary>
    private static double[] LatestStarts(ClipTable table)
    {
        double[] starts = new double[table.Videos.Count];
        for (int clip = 0; clip < table.Count; clip++)
        {
            ClipRow row = table[clip];
            if (row.Span.Start > starts[row.Video])
            {
                starts[row.Video] = row.Span.Start;
            }
        }

        return starts;
    }
}
