namespace Avion.Video;

/// <summary>Medians over the rounds of a benchmark; times are of the processor, summed over all threads, unless they say wall.</summary>
/// <param name="ClipsPerCoreSecond">Clips a core reads in a second: clips divided by processor time.</param>
/// <param name="MillisecondsPerClip">Processor time of a clip.</param>
/// <param name="WallClipsPerSecond">Clips in a second of the clock, all workers together.</param>
/// <param name="DecodeShare">Part of the time inside libavcodec.</param>
/// <param name="ConvertShare">Part of the time in crop, resize and conversion.</param>
/// <param name="ReadShare">Part of the time opening and reading files.</param>
/// <param name="ConvertMillisecondsPerFrame">Crop, resize and conversion of one frame.</param>
/// <param name="FramesDecodedPerClip">Pictures that had to be decoded for a clip.</param>
/// <param name="BytesReadPerClip">Bytes read from files for a clip, the index known.</param>
/// <param name="ManagedBytesPerClip">Managed memory allocated for a clip.</param>
public sealed record DecodeBenchmarkResult(
    double ClipsPerCoreSecond,
    double MillisecondsPerClip,
    double WallClipsPerSecond,
    double DecodeShare,
    double ConvertShare,
    double ReadShare,
    double ConvertMillisecondsPerFrame,
    double FramesDecodedPerClip,
    double BytesReadPerClip,
    double ManagedBytesPerClip)
{
    /// <summary>Cores of this machine that feed a device which trains a number of clips a second.</summary>
    public int CoresFor(double clipsPerSecond) => (int)Math.Ceiling(clipsPerSecond / ClipsPerCoreSecond);
}

/// <summary>
/// Reads the same clips again and again and says what a clip costs on this machine. Processor time and not the clock is compared, because
/// it stays the same when the machine has other work.
/// </summary>
public static class DecodeBenchmark
{
    /// <summary>Runs the benchmark.</summary>
    /// <param name="options">What to read.</param>
    /// <param name="requests">When given, receives the clips that were read, for comparisons (<see cref="ClipRequests.Write"/>).</param>
    /// <param name="cancellationToken">Stops between clips.</param>
    /// <exception cref="VideoException">A file cannot be read.</exception>
    public static DecodeBenchmarkResult Run(
        DecodeBenchmarkOptions options, Action<IReadOnlyList<BenchmarkClip>>? requests = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Files.Count, 1);
        ClipReader[] readers = new ClipReader[options.Workers];
        try
        {
            for (int worker = 0; worker < readers.Length; worker++)
            {
                readers[worker] = new ClipReader(options.Reader);
            }

            IReadOnlyList<BenchmarkClip> clips = ClipRequests.Draw(options, readers[0]);
            requests?.Invoke(clips);
            Round(options, readers, clips, cancellationToken);
            List<DecodeBenchmarkResult> rounds = [];
            for (int round = 0; round < options.Rounds; round++)
            {
                rounds.Add(Round(options, readers, clips, cancellationToken));
            }

            return Median(rounds);
        }
        finally
        {
            foreach (ClipReader? reader in readers)
            {
                reader?.Dispose();
            }
        }
    }

    private static DecodeBenchmarkResult Round(
        DecodeBenchmarkOptions options, ClipReader[] readers, IReadOnlyList<BenchmarkClip> clips, CancellationToken cancellationToken)
    {
        DecodeCounters[] before = [.. readers.Select(reader => reader.Counters)];
        long allocated = 0;
        int taken = 0;
        Exception? failure = null;
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long started = Stopwatch.GetTimestamp();
        Thread[] threads = [.. readers.Select(reader => new Thread(() =>
        {
            try
            {
                Interlocked.Add(ref allocated, ReadFromQueue(options, reader, clips, ref taken, cancellationToken));
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        }))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        double wall = Stopwatch.GetElapsedTime(started).TotalSeconds;
        double spent = (Environment.CpuUsage.TotalTime - processor).TotalSeconds;
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        return Describe(readers.Select((reader, worker) => reader.Counters - before[worker]).Aggregate(Sum), clips.Count, spent, wall,
            readers.Length, allocated);
    }

    /// <summary>Reads the next clip that no other thread took until there is none, and returns the
    /// managed bytes that this thread allocated meanwhile.</summary>
    private static long ReadFromQueue(
        DecodeBenchmarkOptions options, ClipReader reader, IReadOnlyList<BenchmarkClip> clips, ref int taken,
        CancellationToken cancellationToken)
    {
        byte[] pixels = new byte[options.FramesPerClip * 3 * options.OutputSize * options.OutputSize];
        // A new thread's first use of a lock makes the thread's own storage, once and not for each clip.
        reader.GetInfo(clips[0].Path, cancellationToken);
        long before = GC.GetAllocatedBytesForCurrentThread();
        while (Interlocked.Increment(ref taken) is int clip && clip <= clips.Count)
        {
            BenchmarkClip next = clips[clip - 1];
            FrameTransform transform = new(next.Crop, options.OutputSize, options.OutputSize, Interpolation: options.Interpolation);
            reader.Read(next.Path, next.Frames, transform, pixels, cancellationToken);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static DecodeBenchmarkResult Describe(in DecodeCounters work, int clips, double spent, double wall, int workers, long allocated)
    {
        // The counters are of the clock. On a machine with other work the clock runs on while a thread waits for a core, in every part
        // alike.
        double ticks = wall * workers * Stopwatch.Frequency;
        double running = Math.Min(1, spent / (wall * workers));
        return new DecodeBenchmarkResult(
            ClipsPerCoreSecond: clips / spent,
            MillisecondsPerClip: 1000 * spent / clips,
            WallClipsPerSecond: clips / wall,
            DecodeShare: work.DecodeTicks / ticks,
            ConvertShare: work.ConvertTicks / ticks,
            ReadShare: work.ReadTicks / ticks,
            ConvertMillisecondsPerFrame: 1000.0 * running * work.ConvertTicks / Stopwatch.Frequency / Math.Max(1, work.FramesConverted),
            FramesDecodedPerClip: (double)work.PacketsSent / clips,
            BytesReadPerClip: (double)work.BytesRead / clips,
            ManagedBytesPerClip: (double)allocated / clips);
    }

    private static DecodeCounters Sum(DecodeCounters a, DecodeCounters b) => a - (default(DecodeCounters) - b);

    private static DecodeBenchmarkResult Median(List<DecodeBenchmarkResult> rounds)
    {
        double Of(Func<DecodeBenchmarkResult, double> figure) => rounds.Select(figure).Order().ElementAt(rounds.Count / 2);
        return new DecodeBenchmarkResult(
            Of(r => r.ClipsPerCoreSecond), Of(r => r.MillisecondsPerClip), Of(r => r.WallClipsPerSecond), Of(r => r.DecodeShare),
            Of(r => r.ConvertShare), Of(r => r.ReadShare), Of(r => r.ConvertMillisecondsPerFrame), Of(r => r.FramesDecodedPerClip),
            Of(r => r.BytesReadPerClip), Of(r => r.ManagedBytesPerClip));
    }
}
