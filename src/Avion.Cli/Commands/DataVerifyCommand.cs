using System.Text.Json.Serialization;

namespace Avion.Cli;

/// <summary>`avion data verify`: finds bad videos before training does.</summary>
internal static class DataVerifyCommand
{
    public static Command Create()
    {
        Argument<string> path = new("path") { Description = "A folder tree of videos, a tar shard, or one video." };
        Option<bool> quick = new("--quick")
        {
            Description = "Look at tables, sizes and packet headers only; otherwise every frame is decoded.",
        };
        Option<int> reads = new("--reads")
        {
            Description = "Random frames of each video that are read alone, as training reads, and compared with the whole pass.",
            DefaultValueFactory = _ => new VerifyOptions().Reads,
        };
        Option<int> seed = new("--seed")
        {
            Description = "Draws those frames.", DefaultValueFactory = _ => new VerifyOptions().Seed,
        };
        Option<bool> fix = new("--fix") { Description = "Make stale or damaged indexes anew. Videos are never changed." };
        Option<int> jobs = new("--jobs", "-j")
        {
            Description = "Files that are checked at once.", DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        Option<string?> expect = new("--expect")
        {
            Description = "Text file with one path per line, below the folder, that must be there.",
        };
        Option<string?> journal = new("--journal")
        {
            Description = "File that notes what is checked, so that a stopped run goes on; "
                + "by default in the folder itself. Removed at the end.",
        };
        Option<bool> json = JsonOption.Create();
        Command command = new("verify", "Find missing, truncated, corrupt, short, variable-rate and wrongly declared videos.")
        {
            path, quick, reads, seed, fix, jobs, expect, journal, json,
        };
        command.SetAction((parsed, cancellation) => LookingTask.RunAsync(
            () =>
            {
                VerifyOptions options = new()
                {
                    IsQuick = parsed.GetValue(quick),
                    Reads = parsed.GetValue(reads) is >= 0 and int single
                        ? single
                        : throw new UsageException("'--reads' must be at least 0."),
                    Seed = parsed.GetValue(seed),
                    Fix = parsed.GetValue(fix),
                    Jobs = parsed.GetValue(jobs) is > 0 and int count ? count : throw new UsageException("'--jobs' must be at least 1."),
                    ExpectedList = parsed.GetValue(expect),
                    Journal = parsed.GetValue(journal),
                };
                return Run(parsed.GetValue(path)!, options, parsed.GetValue(json), cancellation);
            },
            cancellation));
        return command;
    }

    private static int Run(string path, VerifyOptions options, bool asJson, CancellationToken cancellation)
    {
        _ = NamedPath.Require(path, "a video, a tar shard or a folder of videos");
        if (options.ExpectedList is { } list)
        {
            _ = NamedPath.Require(list, "a text file with one path a line");
        }

        VerifyReport report;
        using (ProgressDisplay display = new())
        {
            report = new TreeVerification(options).Run(path, progress => Show(display, progress), display.Line, cancellation);
        }

        if (report.Files == 0 && report.Problems.Count == 0)
        {
            throw VideoListing.Nothing(path);
        }

        if (asJson)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, DataVerifyJson.Default.VerifyReport));
        }
        else
        {
            Write(report);
        }
        return report.Problems.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Show(ProgressDisplay display, VerifyProgress progress)
    {
        string bad = progress.BadFiles > 0 ? $", {progress.BadFiles} bad" : "";
        string found = progress.AllFound ? "" : ", more to be listed";
        display.Report("verify", progress.Found == 0 ? 0 : (double)progress.Files / progress.Found,
            $"{progress.Files} of {Quantity.Count(progress.Found, "file")}{found}{bad}");
    }

    private static void Write(VerifyReport report)
    {
        if (report.Problems.Count > 0)
        {
            ResultTable table = new("video", "problem", "at second", "detail");
            foreach (Problem problem in report.Problems)
            {
                string time = problem.TimeSeconds?.ToString("0.00", CultureInfo.InvariantCulture) ?? "";
                table.Add(problem.Path, DescribeKind(problem.Kind), time, VideoListing.Detail(problem));
            }
            table.Write();
        }

        string how = report.IsQuick ? "Structure" : "Every frame";
        string alone = report.ReadsPerFile > 0 ? $", and {report.ReadsPerFile} of each read alone (seed {report.Seed})" : "";
        string resumed = report.Resumed > 0 ? $" ({report.Resumed} by the run that was stopped)" : "";
        string indexes = report.IndexesFixed > 0 ? $" {Quantity.Count(report.IndexesFixed, "index", "indexes")} made anew." : "";
        Console.Out.WriteLine(
            $"{how} of {Quantity.Count(report.Files, "video")} checked{alone}{resumed}, {Quantity.Bytes(report.Bytes)}, " +
            $"in {Quantity.Duration(report.ElapsedSeconds)}: {report.BadFiles} bad; the sound ones have "
                + $"{Quantity.Count(report.Frames, "frame")} in {Quantity.Duration(report.VideoSeconds)}.{indexes}");
    }

    private static string DescribeKind(ProblemKind kind) => kind switch
    {
        ProblemKind.NotVideo => "no video",
        ProblemKind.VariableRate => "variable rate",
        ProblemKind.TooSlow => "too slow",
        ProblemKind.StaleIndex => "stale index",
        ProblemKind.WrongPicture => "wrong picture",
        _ => kind.ToString().ToLowerInvariant(),
    };
}

[JsonSerializable(typeof(VerifyReport))]
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(ProblemKindNames)])]
internal sealed partial class DataVerifyJson : JsonSerializerContext;
