namespace Avion.Training.Tests;

/// <summary>The moving average of the weights: its numbers, and what is evaluated.</summary>
public sealed class WeightAverageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_is_what_its_formula_says_of_the_weights_after_each_step()
    {
        const double Decay = 0.75;
        BrightnessRun.Start(BrightnessRun.Recipe(_folder.File("run"), "checkpoint.every_steps=1", "checkpoint.keep=99",
            FormattableString.Invariant($"train.average_decay={Decay}")));
        double[] expected = Weights(1, WeightAverage.FileName);
        for (int step = 2; step <= BrightnessRun.TotalSteps; step++)
        {
            expected = [.. expected.Zip(Weights(step, CheckpointStore.ModelFile),
                (average, weight) => (Decay * average) + ((1 - Decay) * weight))];
        }

        double[] actual = Weights(BrightnessRun.TotalSteps, WeightAverage.FileName);
        Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) <= 1e-6 * Math.Max(1, Math.Abs(a)));
        Assert.NotEqual(Weights(BrightnessRun.TotalSteps, CheckpointStore.ModelFile), actual);
    }

    [Fact]
    public void Keeping_and_evaluating_it_changes_no_loss_and_either_may_be_evaluated()
    {
        BrightnessRun.Start(BrightnessRun.Recipe(_folder.File("plain"), "optimizer.learning_rate=0.02"));
        string[] average = ["train.average_decay=0.99", "evaluate.every_epochs=1", "optimizer.learning_rate=0.02"];
        EvaluationResult ofAverage =
            BrightnessRun.Start(BrightnessRun.Recipe(_folder.File("run"), [.. average, "evaluate.weights=average"])).Evaluation!;
        EvaluationResult ofTrained = BrightnessRun.Start(BrightnessRun.Recipe(_folder.File("trained"), average)).Evaluation!;
        Assert.Equal(BrightnessRun.Losses(_folder.File("plain")), BrightnessRun.Losses(_folder.File("run")));
        Assert.NotEqual(ofTrained.Values, ofAverage.Values);

        string last = _folder.File("run", "checkpoints", $"step-{BrightnessRun.TotalSteps:D6}");
        TrainingOptions options = new() { Data = BrightnessRun.Data(), ComputeThreads = 1 };
        Assert.Equal(ofAverage.Values, Evaluation.Run(last, options: options).Values);
        Assert.Equal(ofTrained.Values, Evaluation.Run(last, ["evaluate.weights=trained"], options).Values);

        // The file says which of the two is meant, whatever the recipe evaluates.
        RecordingObserver observer = new();
        string file = _folder.File("trained", "checkpoints", $"step-{BrightnessRun.TotalSteps:D6}", WeightAverage.FileName);
        Assert.Equal(ofAverage.Values, Evaluation.Run(file, options: options with { Observer = observer }).Values);
        Assert.Contains($"Evaluating step-{BrightnessRun.TotalSteps:D6}: the average of its weights.", observer.Messages);
    }

    [Fact]
    public void Where_there_is_none_it_cannot_be_evaluated()
    {
        Assert.Contains("train.average_decay is 0", Assert.Throws<RecipeException>(
            () => BrightnessRun.Recipe(_folder.File("run"), "evaluate.weights=average")).Message);
        Recipe recipe = BrightnessRun.Recipe(_folder.File("run"), "train.epochs=1");
        BrightnessRun.Start(recipe);
        string checkpoint = CheckpointStore.Find(_folder.File("run"));
        using CpuDevice device = new(1);
        using TrainingTask task = TrainingTasks.Of(recipe).Create(new TaskSetup(recipe, device, BrightnessRun.Data(), TaskPurpose.Evaluation));
        Assert.Contains("has no average.safetensors", Assert.Throws<RunException>(() => WeightAverage.LoadInto(checkpoint, task.Model)).Message);
    }

    private double[] Weights(int step, string file)
    {
        using SafetensorsFile tensors = new(_folder.File("run", "checkpoints", $"step-{step:D6}", file));
        List<double> all = [];
        foreach (TensorEntry entry in tensors.Entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            all.AddRange(tensors.ReadAll(entry).Select(value => (double)value));
        }

        return [.. all];
    }
}
