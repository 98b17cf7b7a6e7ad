namespace Avion.Video;

/// <summary>What preparing a video would save of reading its clips: the same pictures are read from the video and
/// from its first seconds, prepared.</summary>
/// <param name="Video">The video.</param>
/// <param name="OwnSeconds">Time of a clip of the video.</param>
/// <param name="PreparedSeconds">Time of the same clip, prepared.</param>
/// <param name="OwnBytes">Bytes of files that a clip of the video takes.</param>
/// <param name="PreparedBytes">Those that it takes prepared.</param>
public sealed record PreparationGain(string Video, double OwnSeconds, double PreparedSeconds, double OwnBytes, double PreparedBytes)
{
    private const int Clips = 8, Rounds = 3;

    /// <summary>How often the time of a prepared clip goes into that of a clip.</summary>
    public double Factor => OwnSeconds / PreparedSeconds;

    /// <summary>Prepares the first 15 seconds of a video and reads clips of both, one after the other, from the system's memory.</summary>
    /// <param name="video">A whole video file.</param>
    /// <param name="frames">Frames of a clip, from any on.</param>
    /// <param name="width">Columns that pictures are resized to.</param>
    /// <param name="height">Rows that pictures are resized to.</param>
    /// <param name="folder">Takes the prepared chunk.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>Null where the video is not larger than what preparing makes of it, or too short for the clip.</returns>
    /// <exception cref="VideoException">The video cannot be read, or the ffmpeg program is missing.</exception>
    public static PreparationGain? Measure(
        string video, ReadOnlySpan<int> frames, int width, int height, string folder, CancellationToken cancellation)
    {
        using ClipReader reader = new();
        VideoInfo own = reader.GetInfo(video, cancellation);
        int first = frames.IsEmpty ? 0 : frames[0], span = 0;
        foreach (int frame in frames)
        {
            (first, span) = (Math.Min(first, frame), Math.Max(span, frame));
        }

        span -= first;
        int most = Math.Min(own.FrameCount, (int)(ProfileSamples.ChunkSeconds * own.FramesPerSecond)) - span - 2;
        if (frames.IsEmpty || Math.Min(own.Width, own.Height) <= new PrepareOptions().ShortSide || most < 1)
        {
            return null;
        }

        VideoInfo prepared = reader.GetInfo(ProfileSamples.Make([video], EncodeProfile.Fast, folder, cancellation)[0], cancellation);
        double rate = prepared.FramesPerSecond / own.FramesPerSecond;
        int[] wanted = new int[frames.Length];
        byte[] pixels = new byte[frames.Length * 3 * width * height];
        double[] seconds = [0, 0];
        long[] bytes = [0, 0];
        for (int round = 0; round <= Rounds; round++)
        {
            for (int clip = 0; clip < Clips; clip++)
            {
                int start = (int)((long)clip * most / Clips);
                for (int side = 0; side < seconds.Length; side++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    VideoInfo info = side == 0 ? own : prepared;
                    for (int i = 0; i < wanted.Length; i++)
                    {
                        wanted[i] = Math.Min(info.FrameCount - 1, (int)((start + frames[i] - first) * (side == 0 ? 1 : rate)));
                    }

                    DecodeCounters before = reader.Counters;
                    long started = Stopwatch.GetTimestamp();
                    reader.Read(info, wanted, FrameTransform.Whole(info, width, height), pixels, cancellation);

                    // The first round brings files into the system's memory.
                    seconds[side] += round == 0 ? 0 : Stopwatch.GetElapsedTime(started).TotalSeconds;
                    bytes[side] += round == 0 ? 0 : (reader.Counters - before).BytesRead;
                }
            }
        }

        const double clips = Clips * Rounds;
        return new PreparationGain(video, seconds[0] / clips, seconds[1] / clips, bytes[0] / clips, bytes[1] / clips);
    }
}
