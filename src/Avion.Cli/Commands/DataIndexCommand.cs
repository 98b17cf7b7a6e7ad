using System.Text.Json.Serialization;

namespace Avion.Cli;

/// <summary>`avion data index`: adds indexes to trees that others made, so that training opens their videos without probing.</summary>
internal static class DataIndexCommand
{
    public static Command Create()
    {
        Argument<string> path = new("path") { Description = "A folder tree of videos, or a tar shard." };
        Option<bool> checksums = new("--checksums")
        {
            Description = "Read all bytes too, so that 'avion data verify' can notice changed ones.",
        };
        Option<bool> force = new("--force") { Description = "Make all indexes anew, also current ones." };
        Option<int> jobs = new("--jobs", "-j")
        {
            Description = "Videos that are read at once.", DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        Option<bool> json = JsonOption.Create();
        Command command = new("index",
            "Add an index of frames to each folder of videos. Run it again after a stop: it goes on where it was.")
        {
            path, checksums, force, jobs, json,
        };
        command.SetAction((parsed, cancellation) => LookingTask.RunAsync(
            () => Run(
                parsed.GetValue(path)!, parsed.GetValue(checksums), parsed.GetValue(force), Math.Max(1, parsed.GetValue(jobs)),
                parsed.GetValue(json), cancellation),
            cancellation));
        return command;
    }

    private static int Run(string path, bool withChecksums, bool isForced, int jobs, bool asJson, CancellationToken cancellation)
    {
        _ = NamedPath.Require(path, "a folder of videos or a tar shard");
        if (File.Exists(path) && !path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"'{path}' is a file; give the folder that holds it, or a tar shard.");
        }

        IndexReport report;
        using (ProgressDisplay display = new())
        {
            report = TreeIndexing.Run(
                path, withChecksums, isForced, jobs,
                (folders, videos) => display.Report("index", double.NaN,
                    $"{Quantity.Count(folders, "folder")}, {Quantity.Count(videos, "video")} indexed"), cancellation);
        }

        if (report.Folders == 0 && report.Bad.Count == 0)
        {
            throw VideoListing.Nothing(path);
        }

        if (asJson)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, DataIndexJson.Default.IndexReport));
            return report.Bad.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        }

        if (report.Bad.Count > 0)
        {
            ResultTable table = new("not indexed", "reason");
            foreach (Problem problem in report.Bad)
            {
                table.Add(problem.Path, VideoListing.Detail(problem));
            }
            table.Write();
        }
        Console.Out.WriteLine(
            $"{Quantity.Count(report.Folders, "folder")}: {report.Written} indexed with {Quantity.Count(report.Videos, "video")}, " +
            $"{report.UpToDate} already current, {report.Bad.Count} bad, in {Quantity.Duration(report.ElapsedSeconds)}.");
        return report.Bad.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }
}

[JsonSerializable(typeof(IndexReport))]
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(ProblemKindNames)])]
internal sealed partial class DataIndexJson : JsonSerializerContext;
