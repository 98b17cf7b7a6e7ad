namespace Avion.Video;

/// <summary>How far the packets of a video go, read from the packets themselves and not from a header.</summary>
/// <param name="Packets">Compressed pictures that are to be shown.</param>
/// <param name="LastSeconds">Time of the last picture, on the container's clock; null where packets have no times.</param>
internal sealed record PacketSpan(long Packets, double? LastSeconds)
{
    /// <summary>Reads all packets of the stream that is encoded, without decoding them.</summary>
    /// <param name="path">Source video.</param>
    /// <param name="ffprobe">The program.</param>
    /// <param name="mayRestart">Whether the container's clock may begin anew in the middle, as that of a recorded broadcast.</param>
    /// <param name="stallSeconds">Seconds without a packet after which the program is ended.</param>
    /// <param name="cancellation">Ends the program.</param>
    /// <exception cref="VideoException">The file cannot be read to its end in time.</exception>
    public static PacketSpan Read(string path, string ffprobe, bool mayRestart, double stallSeconds, CancellationToken cancellation)
    {
        string[] arguments =
        [
            "-v", "error", "-select_streams", "V:0", "-show_entries", "packet=pts_time,dts_time,flags", "-of", "compact=p=0",
            "-i", PartEncoder.AsFileArgument(path),
        ];
        Clock clock = new(mayRestart);
        FFmpegResult result = FFmpegProcess.RunLines(ffprobe, arguments, Observe, stallSeconds, cancellation);
        if (result.Stalled)
        {
            throw new VideoException(VideoErrorKind.DeadlineExceeded, path, $"reading its packets made no progress for {stallSeconds:0} s");
        }

        return new PacketSpan(clock.Packets, clock.LastSeconds);

        bool Observe(string line)
        {
            double? shown = null;
            double? decoded = null;
            bool isPacket = false;
            bool isDiscarded = false;
            foreach (string field in line.Split('|'))
            {
                int equals = field.IndexOf('=', StringComparison.Ordinal);
                switch (field[..Math.Max(0, equals)])
                {
                    case "pts_time":
                        shown = Number(field.AsSpan(equals + 1));
                        break;
                    case "dts_time":
                        decoded = Number(field.AsSpan(equals + 1));
                        break;
                    case "flags":
                        isPacket = true;
                        isDiscarded = field.AsSpan(equals + 1).Contains('D');
                        break;
                }
            }

            // What else a packet carries is on lines of its own.
            if (isPacket && !isDiscarded)
            {
                clock.Add(shown, decoded);
            }

            return true;
        }
    }

    /// <summary>Pictures that encoding at an even rate must give at the least.</summary>
    /// <param name="firstSeconds">Time of the first picture that can be decoded.</param>
    /// <param name="rate">Rate of the chunks.</param>
    public long FewestFrames(double firstSeconds, FrameRate rate)
    {
        if (LastSeconds is not { } last || last <= firstSeconds)
        {
            return 0;
        }

        // The last picture counts from the nearest frame on; the last two may be packets that only say "as before".
        double perSecond = (double)rate.Numerator / rate.Denominator;
        double spacing = Packets > 1 ? (last - firstSeconds) / (Packets - 1) : 0;
        return Math.Max(0, (long)Math.Floor((last - firstSeconds - (2 * spacing)) * perSecond) - 1);
    }

    private static double? Number(ReadOnlySpan<char> text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;

    /// <summary>Follows the times of packets in the order of the file.</summary>
    private sealed class Clock(bool mayRestart)
    {
        /// <summary>FFmpeg takes larger steps, and steps back, for a clock that began anew.</summary>
        private const double LongestStepSeconds = 10;
        private const double ToleratedStepBackSeconds = 0.1;
        private double? _previous;
        private double _shift;

        public long Packets { get; private set; }

        public double? LastSeconds { get; private set; }

        public void Add(double? shown, double? decoded)
        {
            Packets++;
            if ((decoded ?? shown) is not { } order)
            {
                return;
            }

            double step = order - (_previous ?? order);
            if (mayRestart && (step < -ToleratedStepBackSeconds || step > LongestStepSeconds) && decoded is not null)
            {
                _shift -= step;
            }

            _previous = order;
            double time = (shown ?? order) + _shift;
            LastSeconds = Math.Max(LastSeconds ?? time, time);
        }
    }
}
