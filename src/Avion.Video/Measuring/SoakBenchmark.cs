namespace Avion.Video;

/// <summary>What a process holds at one moment.</summary>
/// <param name="ClipsRead">Clips read so far.</param>
/// <param name="ResidentBytes">Memory of the process that is in RAM.</param>
/// <param name="ManagedBytes">Managed memory in use.</param>
/// <param name="OpenFiles">Open files; -1 where the system does not say.</param>
public sealed record SoakSample(long ClipsRead, long ResidentBytes, long ManagedBytes, int OpenFiles);

/// <summary>Outcome of a soak.</summary>
/// <param name="Early">After a tenth of the clips, when every buffer has its size.</param>
/// <param name="Late">At the end.</param>
/// <param name="PeakResidentBytes">Most that was seen from the tenth on.</param>
/// <param name="ElapsedSeconds">Time by the clock.</param>
public sealed record SoakResult(SoakSample Early, SoakSample Late, long PeakResidentBytes, double ElapsedSeconds)
{
    /// <summary>Share by which memory may differ between two moments of a process that leaks nothing.</summary>
    private const double ToleratedShare = 0.05;
    private const long ToleratedBytes = 8L << 20;

    /// <summary>Neither memory nor open files grew between a tenth of the way and the end.</summary>
    public bool IsFlat =>
        Late.ResidentBytes <= (Early.ResidentBytes * (1 + ToleratedShare)) + ToleratedBytes && Late.OpenFiles <= Early.OpenFiles;
}

/// <summary>Reads a great many clips at random places and looks whether memory and open files stay where they were.</summary>
public static class SoakBenchmark
{
    /// <summary>Times that memory is looked at; the least number of clips.</summary>
    public const int Samples = 100;
    private const string OpenFilesFolder = "/proc/self/fd";

    /// <summary>Runs the soak; every clip has windows and a crop of its own.</summary>
    /// <param name="options">Files, workers and shape of a clip.</param>
    /// <param name="clips">Clips in all.</param>
    /// <param name="onSample">Called a hundred times, evenly spread.</param>
    /// <param name="cancellationToken">Stops between clips.</param>
    public static SoakResult Run(
        DecodeBenchmarkOptions options, long clips, Action<SoakSample>? onSample = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clips, Samples);
        long started = Environment.TickCount64;
        ClipReader[] readers = [.. Enumerable.Range(0, options.Workers).Select(_ => new ClipReader(options.Reader))];
        List<SoakSample> samples = [];
        try
        {
            for (int sample = 0; sample < Samples; sample++)
            {
                int count = (int)((clips * (sample + 1) / Samples) - (clips * sample / Samples));
                int current = sample;
                Parallel.For(0, readers.Length, worker => ReadSome(
                    options with { Seed = SeedOf(options.Seed, current, worker), ClipCount = ShareOf(count, worker, readers.Length) },
                    readers[worker],
                    cancellationToken));
                samples.Add(Look(clips * (sample + 1) / Samples));
                onSample?.Invoke(samples[^1]);
            }
        }
        finally
        {
            foreach (ClipReader reader in readers)
            {
                reader.Dispose();
            }
        }

        SoakSample early = samples[(Samples / 10) - 1];
        return new SoakResult(early, samples[^1], samples.Skip(Samples / 10).Max(s => s.ResidentBytes),
            (Environment.TickCount64 - started) / 1000.0);
    }

    private static int SeedOf(int seed, int sample, int worker) => unchecked((((seed * 1_000_003) + sample) * 1_009) + worker);

    private static int ShareOf(int count, int worker, int workers) => (count / workers) + (worker < count % workers ? 1 : 0);

    private static void ReadSome(DecodeBenchmarkOptions options, ClipReader reader, CancellationToken cancellationToken)
    {
        byte[] pixels = new byte[options.FramesPerClip * 3 * options.OutputSize * options.OutputSize];
        foreach (BenchmarkClip clip in ClipRequests.Draw(options, reader))
        {
            FrameTransform transform = new(clip.Crop, options.OutputSize, options.OutputSize, Interpolation: options.Interpolation);
            reader.Read(clip.Path, clip.Frames, transform, pixels, cancellationToken);
        }
    }

    private static SoakSample Look(long clips) => new(
        clips,
        Environment.WorkingSet,
        GC.GetTotalMemory(forceFullCollection: false),
        Directory.Exists(OpenFilesFolder) ? Directory.GetFileSystemEntries(OpenFilesFolder).Length : -1);
}
