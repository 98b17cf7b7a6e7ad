using System.Text.Json.Nodes;

namespace Avion.Training.Tests;

/// <summary>Runs whose annotations or videos were changed or moved before they go on.</summary>
public sealed class ResumedDataTests : IDisposable
{
    private const int Clips = 40, StopAfter = 6;

    private static readonly TrainingOptions s_options = new() { Observer = new SilentObserver(), ComputeThreads = 1 };

    private readonly TemporaryFolder _folder = new();

    public ResumedDataTests() => Write(Here);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_goes_on_bit_for_bit_when_its_data_has_moved_and_remembers_the_place()
    {
        TrainingRun.Start(RecipeOf("undisturbed"), s_options);
        string run = Interrupted();
        string there = _folder.File("a new place");
        Directory.Move(Here, there);
        Assert.Contains("'" + Here, Assert.ThrowsAny<Exception>(() => TrainingRun.Resume(run, options: s_options)).Message);

        Assert.True(TrainingRun.Resume(run, overrides: Places(there), options: s_options).IsComplete);
        Assert.Equal(BrightnessRun.Losses(_folder.File("undisturbed")), BrightnessRun.Losses(run));
        Assert.DoesNotContain(RunLogReader.Read(Path.Combine(run, "log.jsonl")).Entries, entry => entry.Kind == RunLogKind.Warning);
        Assert.Equal(Path.Combine(there, "videos"), RecipeReader.ReadFile(Path.Combine(run, "recipe.yaml")).Data.Train.Videos);
        Assert.True(TrainingRun.Resume(run, options: s_options).IsComplete);
    }

    [Theory]
    [InlineData("labels")]
    [InlineData("captions")]
    [InlineData("times")]
    [InlineData("videos")]
    public void Annotations_that_say_something_else_are_refused_by_name_and_restored_ones_go_on(string changed)
    {
        TrainingRun.Start(RecipeOf("undisturbed"), s_options);
        string run = Interrupted();
        string there = _folder.File("there");
        Write(there, changed);
        byte[] recipe = File.ReadAllBytes(Path.Combine(run, "recipe.yaml"));
        RunException error = Assert.Throws<RunException>(() => TrainingRun.Resume(run, overrides: Places(there), options: s_options));
        Assert.Contains($"as many samples as when the run began, but other {changed}, or", error.Message);
        Assert.Equal(recipe, File.ReadAllBytes(Path.Combine(run, "recipe.yaml")));

        Write(Here, changed);
        error = Assert.Throws<RunException>(() => TrainingRun.Resume(run, options: s_options));
        Assert.Contains($"but other {changed}, or", error.Message);

        Write(Here);
        Assert.True(TrainingRun.Resume(run, options: s_options).IsComplete);
        Assert.Equal(BrightnessRun.Losses(_folder.File("undisturbed")), BrightnessRun.Losses(run));
    }

    [Fact]
    public void A_checkpoint_that_does_not_tell_what_it_was_trained_on_goes_on_and_says_so_where_data_moved()
    {
        string run = Interrupted();
        foreach (string checkpoint in Directory.GetDirectories(Path.Combine(run, "checkpoints"), "step-*"))
        {
            string path = Path.Combine(checkpoint, CheckpointStore.StateFile);
            JsonObject state = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            Assert.True(state.Remove("training_set"));
            byte[] json = Encoding.UTF8.GetBytes(state.ToJsonString());
            File.WriteAllBytes(path, json);
            File.WriteAllText(Path.Combine(checkpoint, CheckpointStore.SumsFile), CheckpointState.Parse(json).Sums(json));
        }

        string there = _folder.File("there");
        Directory.Move(Here, there);
        Assert.True(TrainingRun.Resume(run, overrides: Places(there), options: s_options).IsComplete);
        Assert.Contains("does not tell what the run trained on", Assert.Single(
            RunLogReader.Read(Path.Combine(run, "log.jsonl")).Entries, entry => entry.Kind == RunLogKind.Warning).Labels["message"]);
        Write(there, "labels");
        Assert.Contains("but other labels", Assert.Throws<RunException>(() => TrainingRun.Resume(run, options: s_options)).Message);
    }

    private string Here => _folder.File("here");

    private Recipe RecipeOf(string run) => BrightnessRun.Recipe(_folder.File(run),
        ["train.epochs=2", "evaluate.every_epochs=0", "data.train.chunk_seconds=0", .. Places(Here)]);

    private static string[] Places(string folder) =>
    [
        $"data.train.videos={Path.Combine(folder, "videos")}",
        $"data.train.annotations=[\"{Path.Combine(folder, "A.csv")}\", \"{Path.Combine(folder, "B.csv")}\"]",
    ];

    private string Interrupted()
    {
        using CancellationTokenSource stop = new();
        RecordingObserver observer = new(step =>
        {
            if (step == StopAfter)
            {
                stop.Cancel();
            }
        });
        Assert.False(TrainingRun.Start(RecipeOf("run"), s_options with { Observer = observer }, stop.Token).IsComplete);
        return _folder.File("run");
    }

    /// <summary>Two files of annotations and the names of their videos; one thing may be another in the second file.</summary>
    private static void Write(string folder, string changed = "")
    {
        Directory.CreateDirectory(Path.Combine(folder, "videos"));
        for (int video = 0; video < 4; video++)
        {
            File.WriteAllText(Path.Combine(folder, "videos", $"v{video}.mp4"), "");
        }

        foreach (string file in new[] { "A", "B" })
        {
            string change = file == "B" ? changed : "";
            File.WriteAllText(Path.Combine(folder, file + ".csv"), "video,start,end,caption,label\n" + string.Concat(
                Enumerable.Range(0, Clips / 2).Select(clip => string.Create(CultureInfo.InvariantCulture,
                    $"v{(clip + (change == "videos" ? 1 : 0)) % 4},{clip},{clip + (change == "times" ? 1.5 : 1)},"
                    + $"{(change == "captions" ? "b" : "a")},{(clip + (change == "labels" ? 1 : 0)) % 8}\n"))));
        }
    }
}
