namespace Avion.Cli;

/// <summary>`avion bench decode`: what reading clips costs on this machine, beside FFmpeg's own
/// libraries and program on the same files.</summary>
internal static class BenchDecodeCommand
{
    private const double ReferenceClipsPerSecond = 43;
    private const int FilesOfProfiles = 4;
    private static readonly string[] s_extensions = [".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg"];

    public static Command Create()
    {
        Option<string> root = new("--root") { Description = "Folder of videos, or one video.", Required = true };
        Option<bool> profiles = new("--profiles")
        {
            Description = "Encode the start of the first videos in every profile, and measure those.",
        };
        Option<int> files = new("--files") { Description = "At most this many files are read.", DefaultValueFactory = _ => 16 };
        Option<int> clips = new("--clips") { Description = "Clips of a round.", DefaultValueFactory = _ => 64 };
        Option<int> rounds = new("--rounds") { Description = "Measured rounds; medians are shown.", DefaultValueFactory = _ => 3 };
        Option<int> frames = new("--frames") { Description = "Frames of a clip.", DefaultValueFactory = _ => 4 };
        Option<int> workers = new("--workers") { Description = "Threads that read at the same time.", DefaultValueFactory = _ => 1 };
        Option<double> feed = new("--clips-per-second")
        {
            Description = "Clips a second that a device trains, for the verdict.", DefaultValueFactory = _ => ReferenceClipsPerSecond,
        };
        Option<long> soak = new("--soak") { Description = "Read this many clips at random places and see whether memory stays flat." };
        Option<string> requests = new("--requests")
        {
            Description = "Measure clips alone and write them to a file, for benchmarks/peers/read_clips.py.",
        };
        Option<bool> json = JsonOption.Create();
        Command command = new("decode", "Time clip reading beside FFmpeg's libraries.")
        {
            root, profiles, files, clips, rounds, frames, workers, feed, soak, requests, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            bool wantsProfiles = parsed.GetValue(profiles);
            int limit = Positive("--files", parsed.GetValue(files));
            int frameCount = Positive("--frames", parsed.GetValue(frames));
            DecodeBenchmarkOptions options = new()
            {
                Files = Videos(parsed.GetValue(root)!, wantsProfiles ? Math.Min(limit, FilesOfProfiles) : limit),
                ClipCount = Positive("--clips", parsed.GetValue(clips)),
                Rounds = Positive("--rounds", parsed.GetValue(rounds)),
                FramesPerClip = frameCount,
                // Sixteen frames are taken from a longer moment than four, as training recipes do.
                ShortestSeconds = frameCount > 8 ? 2 : 1,
                LongestSeconds = frameCount > 8 ? 2.2 : 2,
                Workers = Positive("--workers", parsed.GetValue(workers)),
            };
            BenchDecodeOutput output = new(parsed.GetValue(json), parsed.GetValue(feed));
            if (parsed.GetValue(soak) is > 0 and long soaked)
            {
                return Soak(options, soaked, output, cancellation);
            }

            if (parsed.GetValue(requests) is { } path)
            {
                NamedPath.RequireRoom(path, "the file of --requests");
                output.Write(DecodeBenchmark.Run(options, drawn => WriteRequests(path, drawn), cancellation), []);
                return ExitCode.Ok;
            }

            return Measure(options, wantsProfiles, output, cancellation);
        }));
        return command;
    }

    private static int Measure(DecodeBenchmarkOptions options, bool profiles, BenchDecodeOutput output, CancellationToken cancellation)
    {
        if (!profiles)
        {
            (DecodeBenchmarkResult clips, IReadOnlyList<DecodeFigure> figures) = DecodeReport.ForFiles(options, cancellation);
            output.Write(clips, figures);
            return ExitCode.Ok;
        }

        string folder = Directory.CreateTempSubdirectory("avion-bench-").FullName;
        try
        {
            Console.Error.WriteLine($"Encoding the first 15 s of {options.Files.Count} videos in every profile …");
            (DecodeBenchmarkResult clips, IReadOnlyList<DecodeFigure> figures) = DecodeReport.ForProfiles(options, folder, cancellation);
            output.Write(clips, figures);
            return ExitCode.Ok;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Soak(DecodeBenchmarkOptions options, long clips, BenchDecodeOutput output, CancellationToken cancellation)
    {
        if (clips < SoakBenchmark.Samples)
        {
            throw new UsageException($"--soak is {clips}; expected at least {SoakBenchmark.Samples}.");
        }

        SoakResult result = SoakBenchmark.Run(options, clips, BenchDecodeOutput.Progress, cancellation);
        output.Write(result);
        return result.IsFlat ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void WriteRequests(string path, IReadOnlyList<BenchmarkClip> clips)
    {
        using StreamWriter writer = new(path);
        ClipRequests.Write(clips, writer);
    }

    private static IReadOnlyList<string> Videos(string root, int limit)
    {
        if (File.Exists(NamedPath.Require(root, "a video or a folder of videos")))
        {
            return [root];
        }

        string[] found = [.. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Where(path => s_extensions.Contains(Path.GetExtension(path).ToLowerInvariant())).Order(StringComparer.Ordinal).Take(limit)];
        return found.Length > 0 ? found : throw new UsageException($"--root '{root}' holds no video ({string.Join(", ", s_extensions)}).");
    }

    private static int Positive(string option, int value) =>
        value > 0 ? value : throw new UsageException($"{option} is {value}; expected at least 1.");
}
