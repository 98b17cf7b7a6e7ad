namespace Avion.Video;

/// <summary>
/// The table of <c>avion bench decode</c>. Targets of clip times are those that Avion holds itself to beside PyAV; they are applied to the
/// usual way with FFmpeg's libraries (<see cref="PlainComparison"/>), which does the work of PyAV in less time, so that a target that is
/// reached here is reached there.
/// </summary>
public static class DecodeReport
{
    internal const string PlainName = "libavformat, every picture, libswscale";
    private const double ShortestOfSixteen = 2;
    private const double LongestOfSixteen = 2.2;
    private const double AloneTarget = 1.05;
    private const double BicubicTarget = 3;
    private const double BilinearTarget = 2;
    private const double WorkersTarget = 1.9;
    private const double BytesTarget = 130_000;
    private const double SixteenTarget = 2.2;

    /// <summary>Measures files as they are.</summary>
    /// <param name="options">Files and shape of a clip; one worker is compared with two.</param>
    /// <param name="cancellationToken">Stops between clips.</param>
    /// <exception cref="VideoException">A file cannot be read.</exception>
    public static (DecodeBenchmarkResult Clips, IReadOnlyList<DecodeFigure> Figures) ForFiles(
        DecodeBenchmarkOptions options, CancellationToken cancellationToken = default)
    {
        string profile = ProfileOf(options.Files);
        DecodeBenchmarkResult clips = DecodeBenchmark.Run(options, cancellationToken: cancellationToken);
        List<DecodeFigure> figures =
        [
            Clip("clip", $"a clip of {options.FramesPerClip} frames", options, SameChunksTarget(profile), cancellationToken),
            Clip("clip_16_frames", "a clip of 16 frames", Sixteen(options), profile == EncodeProfile.Fast.Name ? SixteenTarget : double.NaN,
                cancellationToken),
        ];
        figures.AddRange(Work(clips, profile == EncodeProfile.Fast.Name ? BytesTarget : double.NaN));
        figures.AddRange(Parts(options, cancellationToken));
        SequentialBenchmarkResult sequential = SequentialBenchmark.Run(options.Files, cancellationToken);
        figures.Add(new DecodeFigure(
            "every_frame", "every frame of the files, resized too", sequential.FramesPerCoreSecond, "frames/s",
            sequential.ProgramFramesPerCoreSecond, "ffmpeg -f null", sequential.Ratio));
        return (clips, figures);
    }

    /// <summary>Makes the first chunk of each file in every profile and measures those.</summary>
    /// <param name="options">Files and shape of a clip.</param>
    /// <param name="folder">An empty folder for the chunks.</param>
    /// <param name="cancellationToken">Stops between clips.</param>
    /// <returns>Clips of the <c>fast</c> profile, and the table.</returns>
    /// <exception cref="VideoException">A file cannot be read.</exception>
    public static (DecodeBenchmarkResult Clips, IReadOnlyList<DecodeFigure> Figures) ForProfiles(
        DecodeBenchmarkOptions options, string folder, CancellationToken cancellationToken = default)
    {
        Dictionary<string, DecodeBenchmarkOptions> chunks = EncodeProfile.All.ToDictionary(
            profile => profile.Name,
            profile => options with
            {
                Files = ProfileSamples.Make(options.Files, profile, Path.Combine(folder, profile.Name), cancellationToken),
            });
        DecodeBenchmarkOptions fast = chunks[EncodeProfile.Fast.Name];
        List<DecodeFigure> figures = [];
        double usual = double.NaN;
        foreach (EncodeProfile profile in EncodeProfile.All)
        {
            DecodeFigure same = Clip($"{profile.Name}_clip", $"{profile.Name}: a clip", chunks[profile.Name],
                SameChunksTarget(profile.Name), cancellationToken);
            figures.Add(same);
            usual = profile == EncodeProfile.Compatible ? same.Beside : usual;
            if (AcrossTarget(profile.Name) is { } target)
            {
                figures.Add(new DecodeFigure(
                    $"{profile.Name}_over_usual", $"{profile.Name}: a clip, beside the usual way on compatible chunks", same.Value, "ms",
                    usual, PlainName, usual / same.Value, FigureBound.AtLeast, target));
            }
        }

        figures.Add(Clip("fast_clip_16_frames", "fast: a clip of 16 frames", Sixteen(fast), SixteenTarget, cancellationToken));
        DecodeBenchmarkResult clips = DecodeBenchmark.Run(fast, cancellationToken: cancellationToken);
        figures.AddRange(Work(clips, BytesTarget));
        foreach (int times in new[] { 4, 20 })
        {
            DecodeBenchmarkOptions longer = fast with
            {
                Files = ProfileSamples.Repeat(fast.Files, times, Path.Combine(folder, $"fast-{times}"), cancellationToken), Rounds = 1,
            };
            double seconds = Math.Round(times * ProfileSamples.ChunkSeconds);
            figures.Add(new DecodeFigure(
                $"bytes_per_clip_{seconds:0}_s", $"fast: bytes read for a clip of a file {times} times as long",
                DecodeBenchmark.Run(longer, cancellationToken: cancellationToken).BytesReadPerClip, "bytes", Bound: FigureBound.AtMost,
                Target: BytesTarget));
        }

        figures.AddRange(Parts(fast, cancellationToken));
        return (clips, figures);
    }

    private static DecodeBenchmarkOptions Sixteen(DecodeBenchmarkOptions options) =>
        options with { FramesPerClip = 16, ShortestSeconds = ShortestOfSixteen, LongestSeconds = LongestOfSixteen };

    private static DecodeFigure Clip(string key, string name, DecodeBenchmarkOptions options, double target,
        CancellationToken cancellationToken)
    {
        FigureBound bound = double.IsNaN(target) ? FigureBound.None : FigureBound.AtLeast;
        if (!PlainComparison.IsAvailable)
        {
            return new DecodeFigure(key, name,
                DecodeBenchmark.Run(options, cancellationToken: cancellationToken).MillisecondsPerClip, "ms");
        }

        TimePair times = PlainComparison.Run(options, cancellationToken);
        return new DecodeFigure(key, name, times.Milliseconds, "ms", times.BesideMilliseconds, PlainName, times.Ratio, bound, target);
    }

    private static IEnumerable<DecodeFigure> Work(DecodeBenchmarkResult clips, double bytesTarget)
    {
        yield return new DecodeFigure("frames_decoded_per_clip", "pictures decoded for a clip", clips.FramesDecodedPerClip, "pictures");
        yield return new DecodeFigure(
            "bytes_read_per_clip", "bytes read for a clip", clips.BytesReadPerClip, "bytes",
            Bound: double.IsNaN(bytesTarget) ? FigureBound.None : FigureBound.AtMost, Target: bytesTarget);
        yield return new DecodeFigure(
            "managed_bytes_per_clip", "managed memory allocated for a clip", clips.ManagedBytesPerClip, "bytes",
            Bound: FigureBound.AtMost, Target: 0);
    }

    /// <summary>Decoder, resize and workers, each beside its ceiling.</summary>
    private static IEnumerable<DecodeFigure> Parts(DecodeBenchmarkOptions options, CancellationToken cancellationToken)
    {
        using ClipReader reader = new(options.Reader);
        if (options.Files.All(file => reader.GetInfo(file, cancellationToken).IsIndexed))
        {
            TimePair alone = DecoderAloneComparison.Run(options, cancellationToken);
            yield return new DecodeFigure(
                "decode_without_resize", "a clip without resize", alone.Milliseconds, "ms",
                alone.BesideMilliseconds, "libavcodec alone, the same packets", 1 / alone.Ratio, FigureBound.AtMost, AloneTarget);
        }

        string? upright = options.Files.FirstOrDefault(file => reader.GetInfo(file, cancellationToken).RotationDegrees == 0);
        if (upright is not null && FFmpegLibraries.HasFFmpegBicubic)
        {
            ResizeBenchmarkResult resize = ResizeBenchmark.Run(upright, options.OutputSize);
            yield return new DecodeFigure(
                "resize_antialiased", "crop, resize and RGB of a frame, antialiased", resize.Antialiased, "ms",
                resize.ScaleBicubic, "libswscale bicubic", resize.ScaleBicubic / resize.Antialiased, FigureBound.AtLeast, BicubicTarget);
            yield return new DecodeFigure(
                "resize_bilinear", "the same, bilinear", resize.Bilinear, "ms",
                resize.ScaleBilinear, "libswscale bilinear", resize.ScaleBilinear / resize.Bilinear, FigureBound.AtLeast, BilinearTarget);
        }

        if (Environment.ProcessorCount > 1)
        {
            yield return Workers(options, cancellationToken);
        }
    }

    /// <summary>In turns, because the clock also counts what else the machine does.</summary>
    private static DecodeFigure Workers(DecodeBenchmarkOptions options, CancellationToken cancellationToken)
    {
        List<(double One, double Two)> rounds = [];
        for (int round = 0; round < options.Rounds; round++)
        {
            double one = DecodeBenchmark.Run(options with { Workers = 1, Rounds = 1 },
                cancellationToken: cancellationToken).WallClipsPerSecond;
            double two = DecodeBenchmark.Run(options with { Workers = 2, Rounds = 1 },
                cancellationToken: cancellationToken).WallClipsPerSecond;
            rounds.Add((one, two));
        }

        (double oneMedian, double twoMedian) = rounds.OrderBy(round => round.Two / round.One).ElementAt(rounds.Count / 2);
        return new DecodeFigure(
            "two_workers", "2 workers, by the clock", twoMedian, "clips/s", oneMedian, "1 worker", twoMedian / oneMedian,
            FigureBound.AtLeast, WorkersTarget);
    }

    private static double SameChunksTarget(string profile) => profile switch
    {
        "compatible" => 1.6,
        "fast" => 2.1,
        _ => double.NaN,
    };

    private static double? AcrossTarget(string profile) => profile switch
    {
        "fast" => 6.5,
        "faster" => 9,
        "intra" => 20,
        _ => null,
    };

    /// <summary>Profile that all files were prepared with, as the manifests beside them say; empty where they say none.</summary>
    private static string ProfileOf(IReadOnlyList<string> files)
    {
        string[] profiles = [.. files.Select(file =>
            ChunkManifest.TryRead(Path.GetDirectoryName(file) ?? string.Empty)?.Profile ?? string.Empty).Distinct()];
        return profiles.Length == 1 ? profiles[0] : string.Empty;
    }
}
