using System.Text.Json.Serialization;

namespace Avion.Cli;

/// <summary>`avion data prepare`: cuts long videos into chunks that are small and quick to read anywhere.</summary>
internal static class DataPrepareCommand
{
    private const double BytesPerMegabyte = 1e6;
    private const int ShownEndings = 8;

    public static Command Create()
    {
        Argument<string> source = new("source") { Description = "A video, or a folder tree of videos." };
        Argument<string> destination = new("destination") { Description = "Folder for the chunks: DESTINATION/VIDEO.mp4/0.mp4, 15.mp4, …" };
        Option<string> profile = new("--profile")
        {
            Description = string.Join("; ", EncodeProfile.All.Select(each => $"{each.Name}: {each.Summary}")) + ".",
            DefaultValueFactory = _ => EncodeProfile.Fast.Name,
        };
        profile.AcceptOnlyFromAmong([.. EncodeProfile.All.Select(each => each.Name)]);
        Option<int> chunkSeconds = new("--chunk-seconds") { Description = "Length of a chunk.", DefaultValueFactory = _ => 15 };
        Option<int> shortSide = new("--short-side")
        {
            Description = "Pixels of the shorter side; smaller videos keep theirs.", DefaultValueFactory = _ => 288,
        };
        Option<string> fps = new("--fps") { Description = "Frames per second, such as 30 or 30000/1001.", DefaultValueFactory = _ => "30" };
        Option<int> crf = new("--crf") { Description = "x264's rate factor: lower is better and larger.", DefaultValueFactory = _ => 23 };
        Option<int> jobs = new("--jobs", "-j")
        {
            Description = "Encoders that run at once.", DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        Option<bool> keepDamaged = new("--keep-damaged")
        {
            Description = "Keep what can be decoded of damaged videos instead of refusing them.",
        };
        Option<bool> pack = new("--pack") { Description = "Write tar shards, which WebDataset's tools read, instead of a tree of chunks." };
        Option<double> shardMegabytes = new("--shard-megabytes") { Description = "Size of a shard.", DefaultValueFactory = _ => 1000 };
        Option<string?> contactSheet = new("--contact-sheet")
        {
            Description = "Write a page with pictures of some chunks and of their crops, such as sheet.html, to look at before training.",
        };
        Option<bool> dryRun = new("--dry-run") { Description = "Say what would be done, and do nothing." };
        Option<bool> json = JsonOption.Create();
        Command command = new("prepare",
            "Cut videos into chunks that training reads quickly. Run it again after a stop: it goes on where it was.")
        {
            source, destination, profile, chunkSeconds, shortSide, fps, crf, jobs, keepDamaged, pack, shardMegabytes, contactSheet,
            dryRun, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            return parsed.GetValue(dryRun) ? LookingTask.RunAsync(Work, cancellation) : Task.Run(Work, CancellationToken.None);

            int Work()
            {
                if (!FrameRate.TryParse(parsed.GetValue(fps)!, out FrameRate rate))
                {
                    throw new UsageException($"'--fps {parsed.GetValue(fps)}' is no frame rate; "
                        + "expected a number such as 30, 25 or 30000/1001.");
                }

                PrepareOptions options = new()
                {
                    Profile = EncodeProfile.Find(parsed.GetValue(profile)!)!,
                    ChunkSeconds = parsed.GetValue(chunkSeconds),
                    ShortSide = parsed.GetValue(shortSide),
                    FramesPerSecond = rate,
                    RateFactor = parsed.GetValue(crf),
                    Jobs = parsed.GetValue(jobs),
                    KeepDamaged = parsed.GetValue(keepDamaged),
                    ShardBytes = parsed.GetValue(pack) ? (long)(parsed.GetValue(shardMegabytes) * BytesPerMegabyte) : 0,
                };
                TreePreparation preparation = Check(options);
                string? sheet = parsed.GetValue(contactSheet);
                if (sheet is not null && options.ShardBytes > 0)
                {
                    throw new UsageException("--contact-sheet shows a tree of chunks, and --pack writes shards; leave one of them out.");
                }

                if (sheet is not null)
                {
                    ForceOption.RequireNew(sheet, isForced: true);
                    NamedPath.RequireRoom(sheet, "the page of --contact-sheet");
                }

                VideoListing.CheckDestination(parsed.GetValue(source)!, parsed.GetValue(destination)!);
                return parsed.GetValue(dryRun)
                    ? Plan(preparation, parsed.GetValue(source)!, parsed.GetValue(destination)!, parsed.GetValue(json), cancellation)
                    : Run(preparation, parsed.GetValue(source)!, parsed.GetValue(destination)!, sheet, parsed.GetValue(json), cancellation);
            }
        });
        return command;
    }

    private static TreePreparation Check(PrepareOptions options)
    {
        try
        {
            return new TreePreparation(options);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    private static int Plan(TreePreparation preparation, string source, string destination, bool asJson, CancellationToken cancellation)
    {
        PlannedVideo[] plan = [.. preparation.Plan(source, destination, cancellation)];
        if (plan.Length == 0)
        {
            throw VideoListing.Nothing(source);
        }

        if (asJson)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(plan, DataPrepareJson.Default.PlannedVideoArray));
        }
        else
        {
            ResultTable table = new("video", "duration", "would be", "folder");
            foreach (PlannedVideo video in plan)
            {
                string action = video.Action switch
                {
                    PlannedAction.Nothing => "left as it is",
                    PlannedAction.Prepare => "prepared",
                    PlannedAction.Again => "made again",
                    _ => $"refused: {video.Reason}",
                };
                table.Add(video.Source, video.DurationSeconds is { } seconds ? Quantity.Duration(seconds) : "", action, video.Target);
            }
            table.Write();
        }
        return plan.Any(video => video.Action == PlannedAction.Refuse) ? ExitCode.Failed : ExitCode.Ok;
    }

    private static int Run(TreePreparation preparation, string source, string destination, string? sheet, bool asJson,
        CancellationToken cancellation)
    {
        PrepareReport report;
        using (ProgressDisplay display = new())
        {
            report = preparation.Run(source, destination, progress => display.Report("prepare", progress.Fraction, Describe(progress)),
                cancellation);
        }

        if (report.Videos == 0)
        {
            throw VideoListing.Nothing(source);
        }

        if (asJson)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, DataPrepareJson.Default.PrepareReport));
        }
        else
        {
            WriteSummary(report, Path.GetFullPath(destination));
        }

        if (sheet is not null)
        {
            ContactSheet.Write(destination, sheet, cancellation);
            Console.Error.WriteLine(PrintableText.Of($"Pictures of chunks and crops are in '{sheet}'."));
        }

        return report.Bad.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static string Describe(PrepareProgress progress)
    {
        string text = $"{progress.VideosDone} of {Quantity.Count(progress.Videos, "video")}";
        text += progress.Bad > 0 ? $", {progress.Bad} bad" : "";
        return progress.SecondsLeft is { } left ? $"{text}, {Quantity.Duration(left)} left" : text;
    }

    private static void WriteSummary(PrepareReport report, string destination)
    {
        if (report.Bad.Count > 0)
        {
            ResultTable table = new("bad video", "reason");
            foreach (BadSource bad in report.Bad)
            {
                table.Add(bad.Source, bad.Reason);
            }
            table.Write();
        }
        foreach (BadSource damaged in report.Damaged)
        {
            Console.Out.WriteLine(PrintableText.Of($"kept although damaged: {damaged.Source}: {damaged.Reason}"));
        }

        if (report.PassedOver.Count > 0)
        {
            string endings = string.Join(", ", report.PassedOver.OrderByDescending(pair => pair.Value).Take(ShownEndings)
                .Select(pair => $"{pair.Value} {(pair.Key.Length > 0 ? pair.Key : "without an ending")}"));
            Console.Out.WriteLine(PrintableText.Of(
                $"Passed over {Quantity.Count(report.PassedOver.Values.Sum(), "file")} whose names are not those of videos: {endings}."));
        }

        List<string> counts = [$"{report.Prepared} prepared", $"{report.UpToDate} already done", $"{report.Bad.Count} bad"];
        Console.Out.WriteLine($"{Quantity.Count(report.Videos, "video")}: {string.Join(", ", counts)}. "
            + $"Chunks are in '{PrintableText.Of(destination)}'.");
        if (report.Prepared > 0)
        {
            string packed = report.Shards > 0 ? $" in {Quantity.Count(report.Shards, "shard")}" : "";
            Console.Out.WriteLine(
                $"{Quantity.Count(report.Chunks, "chunk")}{packed}, {Quantity.Duration(report.VideoSeconds)} of video, " +
                $"{Quantity.Bytes(report.ChunkBytes)} ({Quantity.Bytes(report.ChunkBytes / Math.Max(report.VideoSeconds, 1e-3))} per " +
                $"second; the sources had {Quantity.Bytes(report.SourceBytes)}), in {Quantity.Duration(report.ElapsedSeconds)}: " +
                $"{report.VideoSeconds / Math.Max(report.ElapsedSeconds, 1e-3):0.0} times as fast as it plays.");
        }
    }
}

[JsonSerializable(typeof(PrepareReport))]
[JsonSerializable(typeof(PlannedVideo[]))]
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(PlannedActionNames)])]
internal sealed partial class DataPrepareJson : JsonSerializerContext;
