using AngleSharp.Dom;
using Avion.Training.Tests;

namespace Avion.App.Tests;

/// <summary>Tests that take over standard output run alone.</summary>
[CollectionDefinition(nameof(AddedTaskCommandTests), DisableParallelization = true)]
public sealed class StandardOutput;

/// <summary>A task that the program does not know goes through its commands, its view and its reports.</summary>
[Collection(nameof(AddedTaskCommandTests))]
public sealed class AddedTaskCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TextWriter _standardOutput = Console.Out, _standardError = Console.Error;

    public AddedTaskCommandTests() => TrainingTasks.Add<BrightnessTask>();

    public void Dispose()
    {
        Console.SetOut(_standardOutput);
        Console.SetError(_standardError);
        _folder.Dispose();
    }

    [Fact]
    public async Task It_is_trained_resumed_evaluated_planned_and_timed_by_the_commands()
    {
        string recipe = _folder.File("recipe.yaml"), run = _folder.File("run");
        File.WriteAllText(recipe, $"""
            name: tiny
            task: brightness
            optimizer: { "{learning_rate: 2e-3}" }
            train: { "{batch_size: 4, epochs: 4, seed: 11, maximum_steps: 9}" }
            evaluate: { "{every_epochs: 2}" }
            output: { "{log_every_steps: 1, folder: " }{run}{ "}" }
            """);
        JsonElement trained = await RunAsync("train", recipe, "--json");
        Assert.Equal((9, 9), (trained.GetProperty("steps").GetInt32(), trained.GetProperty("total_steps").GetInt32()));
        JsonElement resumed = await RunAsync("train", "--resume", run, "--set", "train.maximum_steps=0", "--json");
        Assert.Equal(28, resumed.GetProperty("steps").GetInt32());
        JsonElement evaluated = await RunAsync("eval", Path.Combine(run, "checkpoints", "step-000028"), "--json");
        Assert.Equal(resumed.GetProperty("accuracy").GetDouble(), evaluated.GetProperty("accuracy").GetDouble());
        Assert.Equal(0.125, evaluated.GetProperty("accuracy_chance").GetDouble());

        // Their figures are held by tests of planner, counts and benchmark; the plan's exit code tells that the training fits.
        await RunAsync("plan", recipe);
        await RunAsync("bench", "step", recipe, "--steps", "1", "--no-peak");

        await RunAsync("report", run, "--no-clips");
        IDocument report = ReportDocument.Parse(File.ReadAllText(Path.Combine(run, "report.html")));
        ReportDocument.AssertIsWhole(report);
        Assert.Equal("tiny (brightness)", report.QuerySelector("h1")!.TextContent);
        string[] accuracy = ReportDocument.Table(report, "The newest evaluation").Single(row => row[0] == "accuracy");
        Assert.Equal(evaluated.GetProperty("accuracy").GetDouble(), double.Parse(accuracy[1], CultureInfo.InvariantCulture), 1e-3);
        Assert.Equal("0.125", accuracy[2]);
        Assert.Equal(Enumerable.Range(1, 28), ReportDocument.Points(ReportDocument.Chart(report, "Loss")).Select(point => (int)point.X));
        Assert.Equal($"avion train {recipe} --json", ReportDocument.Fact(report, "Command"));
        Assert.Equal($"avion train --resume {run} --set train.maximum_steps=0 --json", ReportDocument.Fact(report, "Continued at step 9"));
    }

    [Fact]
    public void Its_metrics_are_shown_while_it_trains()
    {
        using StringWriter text = new();
        using (ProgressDisplay display = new(text, isTerminal: false, columns: 100))
        {
            TrainingRun.Start(BrightnessRun.Recipe(_folder.File("run")), new TrainingOptions { Observer = new TrainingView(display) });
        }

        Assert.Matches("step 14: accuracy 0\\.[0-9]{3}", text.ToString());
    }

    /// <summary>Runs a command in this process, which knows the task, and reads its JSON if it writes any.</summary>
    private async Task<JsonElement> RunAsync(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        Console.SetOut(output);
        Console.SetError(error);
        int exitCode = await CommandLineHost.RunAsync(CommandList.CreateRoot(), arguments, error, TestContext.Current.CancellationToken);
        Console.SetOut(_standardOutput);
        Console.SetError(_standardError);
        Assert.True(exitCode == ExitCode.Ok, error.ToString());
        using JsonDocument json = JsonDocument.Parse(arguments.Contains("--json") ? output.ToString() : "{}");
        return json.RootElement.Clone();
    }
}
