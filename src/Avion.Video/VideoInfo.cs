namespace Avion.Video;

/// <summary>
/// What is known of a video without decoding it, with the time of every frame. Frames are counted from 0 in the order of display; times are
/// seconds from the first frame. Immutable, and safe to share between threads.
/// </summary>
public sealed class VideoInfo
{
    internal VideoInfo(in VideoSource source, VideoIndex index, FileStamp stamp = default)
    {
        Source = source;
        Index = index;
        Stamp = stamp;
        PathUtf8 = Encoding.UTF8.GetBytes(source.Path + '\0');
        bool turned = index.RotationDegrees is 90 or 270;
        Width = turned ? index.CodedHeight : index.CodedWidth;
        Height = turned ? index.CodedWidth : index.CodedHeight;
        double tick = (double)index.TimeBaseNumerator / index.TimeBaseDenominator;
        DurationSeconds = index.SecondsOf(index.FrameCount - 1) + (index.LastFrameTicks * tick);
        FramesPerSecond = DurationSeconds > 0 ? index.FrameCount / DurationSeconds : 0;
        IsVariableRate = HasUnevenSteps(index);
    }

    /// <summary>Where the bytes lie.</summary>
    public VideoSource Source { get; }

    /// <summary>The file.</summary>
    public string Path => Source.Path;

    /// <summary>Width of the upright picture in pixels.</summary>
    public int Width { get; }

    /// <summary>Height of the upright picture in pixels.</summary>
    public int Height { get; }

    /// <summary>Frames that are shown, counted, not declared.</summary>
    public int FrameCount => Index.FrameCount;

    /// <summary>Average rate: frames divided by duration.</summary>
    public double FramesPerSecond { get; }

    /// <summary>From the start of the first frame to the end of the last.</summary>
    public double DurationSeconds { get; }

    /// <summary>Whether the distances between frames differ by more than rounding to the container's clock explains.</summary>
    public bool IsVariableRate { get; }

    /// <summary>Name of the codec as FFmpeg has it, such as <c>h264</c>.</summary>
    public string Codec => Index.CodecName;

    /// <summary>Clockwise turn that the file asks for; <see cref="Width"/>, <see cref="Height"/> and crops are after it.</summary>
    public int RotationDegrees => Index.RotationDegrees;

    /// <summary>True on the indexed road (mp4, mov), false where libavformat reads the container.</summary>
    public bool IsIndexed => Index.Road == Road.Indexed;

    /// <summary>Number of places where decoding can begin.</summary>
    public int KeyframeCount => Index.Keyframes.Length;

    internal VideoIndex Index { get; }

    /// <summary>The file as it was when it was indexed.</summary>
    internal FileStamp Stamp { get; }

    /// <summary>The path as the system's calls want it, ending in a zero byte.</summary>
    internal byte[] PathUtf8 { get; }

    /// <summary>Time of a frame in seconds from the first.</summary>
    public double TimestampSeconds(int frame)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, FrameCount);
        return Index.SecondsOf(frame);
    }

    /// <summary>Whether decoding can begin at a frame.</summary>
    public bool IsKeyframe(int frame)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, FrameCount);
        return Array.BinarySearch(Index.Keyframes, Index.SampleOfFrame[frame]) >= 0;
    }

    /// <summary>
    /// The frame that is on screen at a time: the last whose timestamp is not after it. Times before the first frame give 0, times after
    /// the end the last frame. A tenth of a millisecond of rounding in the caller's arithmetic is forgiven.
    /// </summary>
    public int FrameAt(double seconds)
    {
        const double forgiven = 1e-4;
        int low = 0;
        int high = FrameCount - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (Index.SecondsOf(middle) <= seconds + forgiven)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    /// <summary>Time of a compressed picture, also of one that is not shown.</summary>
    internal double SecondsOfSample(int sample) =>
        (Index.Timestamps[sample] - Index.Timestamps[Index.SampleOfFrame[0]])
            * ((double)Index.TimeBaseNumerator / Index.TimeBaseDenominator);

    private static bool HasUnevenSteps(VideoIndex index)
    {
        long shortest = long.MaxValue;
        long longest = 0;
        for (int frame = 1; frame < index.FrameCount; frame++)
        {
            long step = index.Timestamps[index.SampleOfFrame[frame]] - index.Timestamps[index.SampleOfFrame[frame - 1]];
            shortest = Math.Min(shortest, step);
            longest = Math.Max(longest, step);
        }

        // One tick is what rounding an even rate to the container's clock can make; 2 % is what no sampler can see.
        return index.FrameCount > 2 && longest - shortest > Math.Max(1, (longest + shortest) / 100);
    }
}
