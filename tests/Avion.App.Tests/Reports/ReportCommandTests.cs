using System.Text.RegularExpressions;
using AngleSharp.Dom;

namespace Avion.App.Tests;

/// <summary>The reports of real runs, one of each kind, against what the runs' own logs measured.</summary>
public sealed class ReportCommandTests
{
    private static readonly DemoTask s_small = LearningData.Full with { TrainingVideos = 3, HeldOutVideos = 2, VideoSeconds = 20 };

    [Fact]
    public async Task Each_kind_of_training_has_its_report()
    {
        Finding program = FfmpegProgram.Examine(), libraries = FfmpegDecoder.Examine();
        Assert.SkipUnless(program.Found && libraries.Found, $"needs ffmpeg: {program.Detail}; {libraries.Detail}");
        using TemporaryFolder folder = new();
        LearningFolders folders = new(folder.File("learn"));
        await LearningData.PrepareAsync(folders, s_small, _ => { }, TestContext.Current.CancellationToken);

        (IDocument contrastive, IReadOnlyDictionary<string, double> measured) = await Report(folders, "contrastive", folder.File("page.html"));
        Match share = Regex.Match(contrastive.Body!.TextContent, @"Of ([0-9]+) captions ([0-9]+) find a right clip first");
        Assert.Equal(measured["recall_at_1_t2v"], double.Parse(share.Groups[2].Value) / double.Parse(share.Groups[1].Value), 1e-6);
        Assert.Equal(measured["captions"], double.Parse(share.Groups[1].Value));
        Assert.NotEmpty(contrastive.QuerySelectorAll(".clips img"));
        Assert.Contains("Clips that are given a wrong caption", contrastive.Body.TextContent);

        (IDocument classes, measured) = await Report(folders, "classification", folder.File("page.html"));
        Match right = Regex.Match(classes.Body!.TextContent, @"([0-9]+) of ([0-9]+) held-out clips are given their own class");
        Assert.Equal(measured["top1"], double.Parse(right.Groups[1].Value) / double.Parse(right.Groups[2].Value), 1e-6);
        Assert.NotEmpty(classes.QuerySelectorAll(".answers img"));
        Assert.NotEmpty(ReportDocument.Table(classes, "The most frequent confusions"));

        (IDocument masked, measured) = await Report(folders, "masked-video", folder.File("page.html"));
        Assert.Equal(6, masked.QuerySelectorAll(".reconstructions img").Length);
        IReadOnlyList<FilledClip> all = ClipFilling.Run(folders.RunOf("masked-video"), int.MaxValue, new EvaluationOptions(), TestContext.Current.CancellationToken);
        Assert.Equal(measured["clips"], all.Count);
        Assert.Equal(measured["masked_error"], all.Average(clip => clip.Error), 1e-4 * measured["masked_error"]);

        // The clips are gone: the rest of the report stands, and says so.
        Directory.Delete(folders.Videos, recursive: true);
        ProcessResult result = await AvionProgram.RunAsync("report", folders.RunOf("classification"), "--output", folder.File("page.html"), "--json");
        Assert.True(result.ExitCode == 0, result.Error);
        using JsonDocument told = JsonDocument.Parse(result.Output);
        string gap = told.RootElement.GetProperty("left_out").EnumerateArray().Single().GetString()!;
        Assert.StartsWith("No clips are shown: ", gap);
        IDocument page = ReportDocument.Parse(File.ReadAllText(folder.File("page.html")));
        ReportDocument.AssertIsWhole(page);
        Assert.Contains(gap, page.Body!.TextContent);
    }

    [Fact]
    public async Task What_is_no_run_is_refused_and_files_of_others_stay()
    {
        using TemporaryFolder folder = new();
        Assert.Equal(2, (await AvionProgram.RunAsync("report", folder.File("nowhere"))).ExitCode);
        ProcessResult empty = await AvionProgram.RunAsync("report", folder.FullName);
        Assert.Equal(2, empty.ExitCode);
        Assert.Contains("has no log.jsonl", empty.Error);
        File.WriteAllText(folder.File("log.jsonl"), "");
        File.WriteAllText(folder.File("other.html"), "<p>mine</p>");
        Assert.Equal(2, (await AvionProgram.RunAsync("report", folder.FullName, "--no-clips", "-o", folder.File("other.html"))).ExitCode);
        Assert.Equal("<p>mine</p>", File.ReadAllText(folder.File("other.html")));

        // Nothing is computed for a page that could not be written.
        foreach ((string path, string reason) in ((string, string)[])
            [(folder.File("absent/page.html"), "expected the folder of the report"), (folder.File("other.html/page.html"), "is a file, no folder"),
                ("/proc/page.html", "cannot be written")])
        {
            ProcessResult refused = await AvionProgram.RunAsync("report", folder.FullName, "-o", path);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains(reason, refused.Error);
            Assert.DoesNotContain("No clips are shown", refused.Error);
        }

        Assert.Equal(["log.jsonl", "other.html"], Directory.EnumerateFileSystemEntries(folder.FullName).Select(Path.GetFileName).Order());
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(0, (await ChildProcess.RunAsync("mkfifo", [folder.File("pipe")])).ExitCode);
            ProcessResult refused = await AvionProgram.RunAsync(["report", folder.FullName, "-o", folder.File("pipe"), "--force"], null, timeoutSeconds: 60);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("is a pipe, a socket or a device", refused.Error);
        }

        for (int time = 0; time < 2; time++)
        {
            ProcessResult written = await AvionProgram.RunAsync("report", folder.FullName, "--no-clips");
            Assert.True(written.ExitCode == 0, written.Error);
            Assert.Equal(folder.File("report.html"), written.Output.Trim());
        }
    }

    /// <summary>Trains a few steps, asks for the report, and reads what the run's log measured.</summary>
    private static async Task<(IDocument Page, IReadOnlyDictionary<string, double> Measured)> Report(LearningFolders folders, string name, string path)
    {
        TrainingRun.Start(RecipeReader.ReadFile(Repository.Path("recipes", "tiny", $"{name}.yaml"),
        [
            $"output.folder={folders.RunOf(name)}", $"data.train.videos={folders.Videos}", $"data.validation.videos={folders.Videos}",
            $"data.train.annotations={folders.Annotations("train")}", $"data.validation.annotations={folders.Annotations("validation")}",
            "train.maximum_steps=4", .. name == "classification" ? (string[])["model.initialize_from="] : [],
        ]), cancellation: TestContext.Current.CancellationToken);
        ProcessResult result = await AvionProgram.RunAsync("report", folders.RunOf(name), "--output", path);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(path, result.Output.Trim());
        IDocument page = ReportDocument.Parse(File.ReadAllText(path));
        ReportDocument.AssertIsWhole(page);
        string line = File.ReadLines(Path.Combine(folders.RunOf(name), "log.jsonl")).Last(line => line.Contains("\"evaluation\"", StringComparison.Ordinal));
        using JsonDocument json = JsonDocument.Parse(line);
        return (page, json.RootElement.GetProperty("values").EnumerateObject().ToDictionary(value => value.Name, value => value.Value.GetDouble()));
    }
}
