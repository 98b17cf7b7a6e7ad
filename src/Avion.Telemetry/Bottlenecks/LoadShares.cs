namespace Avion.Telemetry;

/// <summary>How a training and the threads that make its clips spent some time: all that decides what bounds it.</summary>
/// <remarks>
/// The rule, the only one there is: clips come too late where training waits for them more than a twentieth of the time, which is more than
/// handing batches over costs. Then the disk bounds it where the threads that make clips read files for at least half of the time in which
/// they make clips, and decoding does otherwise. What already bounds a training keeps doing so until the numbers are clearly beyond a
/// threshold: training waits less than 0.03 or more than 0.07 of the time, and reading takes less than 0.4
/// or more than 0.6 of making clips.
/// </remarks>
/// <param name="Waiting">Share of the time in which training waits for clips, 0 to 1; NaN: not known.</param>
/// <param name="Decoding">Share of the decode threads' time in which they make clips, reading included, 0 to 1; NaN: not known.</param>
/// <param name="Reading">Share of the decode threads' time in which they open and read files, at most <paramref name="Decoding"/>; NaN: not
/// known.</param>
public readonly record struct LoadShares(double Waiting, double Decoding = double.NaN, double Reading = double.NaN)
{
    /// <summary>The numbers' names in the run log.</summary>
    public const string WaitingName = "data_wait_fraction", DecodingName = "decode_busy_fraction", ReadingName = "file_read_fraction";

    private const double NoticeableWait = 0.05, WaitMargin = 0.02;
    private const double MostOfMaking = 0.5, ReadingMargin = 0.1;

    /// <summary>The shares that a log has.</summary>
    /// <param name="recent">The newest value of a name, or a mean over the newest ones; null where the log has none.</param>
    public static LoadShares Of(Func<string, double?> recent) =>
        new(recent(WaitingName) ?? double.NaN, recent(DecodingName) ?? double.NaN, recent(ReadingName) ?? double.NaN);

    /// <summary>Share of making clips that goes into reading their files; NaN where it is not known.</summary>
    public double ReadingOfMaking => Decoding > 0 ? Math.Min(1, Reading / Decoding) : double.NaN;

    /// <summary>What bounds the training.</summary>
    /// <param name="before">What did so far, which a number close to a threshold does not change.</param>
    public Bottleneck Judge(Bottleneck before = Bottleneck.Unknown)
    {
        if (double.IsNaN(Waiting))
        {
            return Bottleneck.Unknown;
        }

        if (Waiting < NoticeableWait + Toward(before is Bottleneck.Device, before is not Bottleneck.Unknown, WaitMargin))
        {
            return Bottleneck.Device;
        }

        return double.IsNaN(ReadingOfMaking) ? Bottleneck.Data
            : ReadingOfMaking < MostOfMaking + Toward(before is Bottleneck.Decoding, before is Bottleneck.Decoding or Bottleneck.Disk,
                ReadingMargin)
            ? Bottleneck.Decoding
            : Bottleneck.Disk;
    }

    /// <summary>Moves a threshold away from what is so now.</summary>
    private static double Toward(bool isBelow, bool isJudged, double margin) => !isJudged ? 0 : isBelow ? margin : -margin;
}
