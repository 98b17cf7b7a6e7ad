using System.Text.Json.Serialization;

namespace Avion.Cli;

/// <summary>`avion data info`: what a video, a shard or a tree is.</summary>
internal static class DataInfoCommand
{
    public static Command Create()
    {
        Argument<string> path = new("path") { Description = "A video, a tar shard, or a folder tree." };
        Option<int> jobs = new("--jobs", "-j")
        {
            Description = "Files that are opened at once.", DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        Option<bool> json = JsonOption.Create();
        Command command = new("info", "Describe a video or sum up a tree, without decoding.") { path, jobs, json };
        command.SetAction((parsed, cancellation) => LookingTask.RunAsync(
            () => Run(parsed.GetValue(path)!, Math.Max(1, parsed.GetValue(jobs)), parsed.GetValue(json), cancellation),
            cancellation));
        return command;
    }

    private static int Run(string path, int jobs, bool asJson, CancellationToken cancellation)
    {
        _ = NamedPath.Require(path, "a video, a tar shard or a folder of videos");
        if (!Directory.Exists(path) && !path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase))
        {
            VideoFacts facts = TreeDescription.DescribeFile(path);
            if (asJson)
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(facts, DataInfoJson.Default.VideoFacts));
            }
            else
            {
                Write(facts);
            }
            return ExitCode.Ok;
        }

        TreeFacts sums;
        using (ProgressDisplay display = new())
        {
            // The number of files is not known before the end: a bar would lie.
            sums = TreeDescription.DescribeTree(path, jobs, videos => display.Report("info", double.NaN, Quantity.Count(videos, "video")),
                cancellation);
        }

        if (sums.Videos == 0 && sums.Bad.Count == 0)
        {
            throw VideoListing.Nothing(path);
        }

        if (asJson)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(sums, DataInfoJson.Default.TreeFacts));
        }
        else
        {
            Write(sums);
        }
        return sums.Bad.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Write(VideoFacts facts)
    {
        ResultTable table = new("fact", "value");
        table.Add("codec", facts.Codec);
        table.Add("size", $"{facts.Width} x {facts.Height}"
            + (facts.RotationDegrees != 0 ? $", turned by {facts.RotationDegrees} degrees" : ""));
        table.Add("frames", $"{facts.Frames} in {Number(facts.DurationSeconds)} s");
        table.Add("rate", $"{Number(facts.FramesPerSecond)} per second, {(facts.IsVariableRate ? "variable" : "constant")}");
        table.Add("keyframes", $"{facts.Keyframes}, one every {Number((double)facts.Frames / facts.Keyframes)} frames");
        table.Add("bytes", $"{Quantity.Bytes(facts.Bytes)}, "
            + $"{Quantity.Bytes(facts.Bytes / Math.Max(facts.DurationSeconds, 1e-3))} per second");
        table.Add("read by",
            facts.IsReadByOwnTables ? "its own tables" : "libavformat: slower to open and to seek; 'avion data prepare' makes it quick");
        table.Add("index", facts.HasIndex ? "current" : "none");
        table.Write();
    }

    private static void Write(TreeFacts facts)
    {
        ResultTable kinds = new("kind", "videos", "duration");
        foreach (VideoKind kind in facts.Kinds)
        {
            kinds.Add(kind.Name, kind.Videos.ToString(CultureInfo.InvariantCulture), Quantity.Duration(kind.DurationSeconds));
        }
        kinds.Write();
        if (facts.Bad.Count > 0)
        {
            ResultTable bad = new("bad video", "reason");
            foreach (Problem problem in facts.Bad)
            {
                bad.Add(problem.Path, VideoListing.Detail(problem));
            }
            bad.Write();
        }
        Console.Out.WriteLine(
            $"{Quantity.Count(facts.Videos, "video")}, {Quantity.Duration(facts.DurationSeconds)}, {Quantity.Bytes(facts.Bytes)} " +
            $"({Quantity.Bytes(facts.Bytes / Math.Max(facts.DurationSeconds, 1e-3))} per second), " +
            $"{Quantity.Count(facts.Frames, "frame")}, a keyframe every {Number((double)facts.Frames / Math.Max(1, facts.Keyframes))}; " +
            $"{facts.WithIndex} with index, {facts.VariableRate} of variable rate, {facts.Bad.Count} bad.");
    }

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}

[JsonSerializable(typeof(VideoFacts))]
[JsonSerializable(typeof(TreeFacts))]
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(ProblemKindNames)])]
internal sealed partial class DataInfoJson : JsonSerializerContext;
