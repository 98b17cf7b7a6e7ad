using AngleSharp.Dom;

namespace Avion.App.Tests;

public sealed class QuickDemoTests
{
    private static readonly string[] s_keys =
    [
        "map_t2v", "map_v2t", "map_chance", "motion_pair_accuracy", "recall_at_1", "clips_per_second", "data_wait_fraction",
        "train_seconds", "total_seconds",
    ];

    [Fact]
    public async Task The_quick_demo_goes_the_whole_road_and_leaves_figures_and_a_report()
    {
        Finding program = FfmpegProgram.Examine(), libraries = FfmpegDecoder.Examine();
        Assert.SkipUnless(program.Found && libraries.Found, $"needs ffmpeg: {program.Detail}; {libraries.Detail}");
        using TemporaryFolder folder = new();
        string output = folder.File("demo"), figures = folder.File("figures.json");
        ProcessResult result = await AvionProgram.RunAsync(
            ["demo", "--quick", "--seed", "3", "--output", output, "--json", figures], environment: null, timeoutSeconds: 240);
        Assert.True(result.ExitCode == 0, result.Error);

        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(figures));
        Assert.Equal(s_keys, json.RootElement.EnumerateObject().Select(property => property.Name));
        foreach (string share in new[] { "map_t2v", "map_v2t", "map_chance", "motion_pair_accuracy", "recall_at_1", "data_wait_fraction" })
        {
            Assert.InRange(json.RootElement.GetProperty(share).GetDouble(), 0, 1);
        }
        Assert.InRange(json.RootElement.GetProperty("clips_per_second").GetDouble(), 0.1, 1e6);
        Assert.True(json.RootElement.GetProperty("total_seconds").GetDouble() > json.RootElement.GetProperty("train_seconds").GetDouble());

        IDocument report = ReportDocument.Parse(File.ReadAllText(Path.Combine(output, "report.html")));
        ReportDocument.AssertIsWhole(report);
        Assert.Equal("demo (contrastive)", report.QuerySelector("h1")!.TextContent);
        Assert.Equal(json.RootElement.GetProperty("map_t2v").GetDouble(),
            double.Parse(ReportDocument.Table(report, "Figures").Single(row => row[0] == "mAP text to video")[1], CultureInfo.InvariantCulture), 1e-3);
        Assert.Equal($"avion demo --quick --seed 3 --output {output} --json {figures}", ReportDocument.Fact(report, "Command"));
        Assert.NotEmpty(ReportDocument.Points(ReportDocument.Chart(report, "Training rate")));
        Assert.NotEmpty(report.QuerySelectorAll(".clip img"));
        Assert.Contains("train.epochs", ReportDocument.Table(report, "Keys that are not the default").Select(row => row[0]));
        Assert.Contains("mAP text to video", result.Output);
        Assert.True(File.Exists(Path.Combine(output, "run", "log.jsonl")));
        Assert.Contains("train.csv", File.ReadAllText(Path.Combine(output, "run", "recipe.yaml")));
        Assert.DoesNotContain("warning", result.Error);
        await AssertTwoRanksHaveTheSameLosses(output);
    }

    /// <summary>The demo's own recipe and videos, trained once more on two ranks.</summary>
    private static async Task AssertTwoRanksHaveTheSameLosses(string demo)
    {
        string run = Path.Combine(demo, "two-ranks");
        ProcessResult result = await AvionProgram.RunAsync(
            ["train", Path.Combine(demo, "run", "recipe.yaml"), "--devices", "cpu:2", "--set", $"output.folder={run}", "--json"],
            environment: null, timeoutSeconds: 240);
        Assert.True(result.ExitCode == 0, result.Error);
        using JsonDocument outcome = JsonDocument.Parse(result.Output);
        Assert.True(outcome.RootElement.GetProperty("complete").GetBoolean());
        Assert.Contains("devices: \"cpu:2\"", File.ReadAllText(Path.Combine(run, "recipe.yaml")));
        double[] expected = Losses(Path.Combine(demo, "run")), losses = Losses(run);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, losses, (a, b) => Math.Abs(a - b) <= 1e-4 * Math.Abs(a));
    }

    private static double[] Losses(string run) =>
    [
        .. RunLogReader.Read(Path.Combine(run, "log.jsonl")).Entries.Where(entry => entry.Kind == RunLogKind.Step)
            .Select(entry => entry.Values["loss"]),
    ];

    [Fact]
    public async Task An_unknown_key_of_the_recipe_ends_with_2_before_any_work()
    {
        using TemporaryFolder folder = new();
        ProcessResult result = await AvionProgram.RunAsync("demo", "--quick", "--output", folder.File("demo"), "--set", "train.epoch=3");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("train.epochs", result.Error);
        Assert.False(Directory.Exists(folder.File("demo", "data", "videos")));
    }
}
