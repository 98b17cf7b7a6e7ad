namespace Avion.Training.Tests;

/// <summary>Whole runs of a tiny classifier on clips whose brightness is their class.</summary>
public sealed class ClassificationRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TrainingOptions _options = new() { Data = SyntheticClips.Data(train: 96, validation: 40), ComputeThreads = 2 };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("clip")]
    [InlineData("videomae")]
    public void A_tiny_classifier_learns_and_its_checkpoint_evaluates_to_the_same_numbers(string architecture)
    {
        TrainingOutcome outcome = TrainingRun.Start(ClassifierRuns.Recipe(_folder.File("run"), $"model.architecture={architecture}",
            "train.epochs=20", "checkpoint.every_steps=0", "train.label_smoothing=0.1", "train.mixing.mixup=0.2"), _options);
        EvaluationResult result = outcome.Evaluation!;
        Assert.Equal((1.0 / SyntheticClips.Levels, 5.0 / SyntheticClips.Levels), (result["top1_chance"], result["top5_chance"]));
        Assert.True(result["top1"] > 0.6, $"The accuracy is {result["top1"]}.");
        Assert.True(result["top5"] > 0.95, $"The top-5 accuracy is {result["top5"]}.");
        Assert.Equal((40, 0), ((int)result["clips"], (int)result["unreadable_clips"]));
        Assert.Equal(result.Values, Evaluation.Run(outcome.Folder, options: _options).Values);
    }

    [Fact]
    public void A_file_that_a_classifier_does_not_fill_is_refused_before_a_clip_is_read()
    {
        string run = TrainingRun.Start(ClassifierRuns.Recipe(_folder.File("run"), "train.epochs=1"), _options).Folder;
        TrainingData unread = _options.Data! with { OpenSource = () => throw new InvalidOperationException("A clip is read.") };
        RunException error = Assert.Throws<RunException>(() => Evaluation.Run(run, new EvaluationOptions
        {
            Training = _options with { Data = unread }, Outputs = new EvaluationOutputs(), Files = ["p.json", "e.npy"],
        }));
        Assert.Contains("'e.npy' cannot be written", error.Message);
        Assert.Contains("classification fills .json.", error.Message);

        EvaluationOutputs outputs = new();
        Evaluation.Run(run, new EvaluationOptions { Training = _options, Outputs = outputs, Files = ["p.json"] });
        OutputFiles.Write(_folder.File("p.json"), outputs, top: 1, supervision: null);
    }

    [Fact]
    public void Single_clips_are_classified_by_name_with_the_weights_that_the_recipe_evaluates()
    {
        string[] average = ["train.average_decay=0.9", "evaluate.weights=average", "train.epochs=1"];
        string run = TrainingRun.Start(ClassifierRuns.Recipe(_folder.File("run"), average), _options).Folder;
        string checkpoint = CheckpointStore.Find(run), step = Path.GetFileName(checkpoint);
        string[] names = [.. Enumerable.Range(0, SyntheticClips.Levels).Select(level => $"level {level}")];
        File.WriteAllText(Path.Combine(checkpoint, "classes.json"), JsonSerializer.Serialize(new Dictionary<string, string[]> { ["label"] = names }));
        using CpuDevice device = new(1);
        byte[] pixels = new byte[2 * 3 * 8 * 8];
        new Random(1).NextBytes(pixels);
        float[] Logits(string path, out string told, out IReadOnlyList<string>? classes)
        {
            using FeatureExtractor extractor = FeatureExtractor.Open(path, device);
            (told, classes) = (extractor.WeightsText, extractor.ClassNames);
            return extractor.OfPixels(pixels)[0];
        }

        float[] own = Logits(run, out string text, out IReadOnlyList<string>? found);
        Assert.Equal(names, found);
        Assert.Equal($"{step}, the best of '{run}': the average of its weights", text);
        Assert.Equal(own, Logits(Path.Combine(checkpoint, WeightAverage.FileName), out _, out _));
        Assert.Equal(own, Logits(Path.Combine(run, "checkpoints", "latest"), out text, out _));
        Assert.StartsWith(step, text);
        float[] trained = Logits(Path.Combine(checkpoint, CheckpointStore.ModelFile), out _, out found);
        Assert.Equal(names, found);
        Assert.NotEqual(own, trained);

        string recipe = Path.Combine(checkpoint, CheckpointStore.RecipeFile);
        File.WriteAllText(recipe, RecipeWriter.ToYaml(RecipeReader.ReadFile(recipe, ["evaluate.weights=trained"])));
        Assert.Equal(trained, Logits(checkpoint, out text, out _));
        Assert.EndsWith(": the weights as trained", text);
    }

    [Fact]
    public void A_change_that_an_evaluation_does_not_read_is_refused_with_what_it_reads()
    {
        string run = TrainingRun.Start(ClassifierRuns.Recipe(_folder.File("run"), "train.epochs=1"), _options).Folder;
        string message = Assert.Throws<RunException>(
            () => Evaluation.Run(run, ["evaluate.batch_size=3", "train.batch_size=3", "optimizer.learning_rate=1"], _options)).Message;
        Assert.StartsWith("train.batch_size and optimizer.learning_rate would change nothing", message);
        Assert.Contains("evaluate.*, data.validation.*", message);
        Assert.EndsWith("Leave out --set train.batch_size.", message);
    }

    [Fact]
    public void The_log_tells_the_accuracy_of_each_batch()
    {
        TrainingRun.Start(ClassifierRuns.Recipe(_folder.File("run"), "train.epochs=12", "train.devices=cpu:2"), _options);
        double[] accuracies =
        [
            .. RunLogReader.Read(_folder.File("run", "log.jsonl")).Entries
                .Where(entry => entry.Kind == RunLogKind.Step).Select(entry => entry.Values["batch_accuracy"]),
        ];
        Assert.All(accuracies, accuracy => Assert.Equal(0, accuracy * 8 % 1, 1e-5));
        Assert.True(accuracies[^10..].Average() > accuracies[..10].Average() + 0.2);
    }

    [Theory]
    [InlineData("clip")]
    [InlineData("videomae")]
    public void A_classifier_begins_with_the_encoder_of_a_pre_trained_model(string architecture)
    {
        string pretrained = _folder.File("pretrained");
        Recipe recipe = architecture == "clip" ? DualEncoderRunTests.TinyRecipe(pretrained, "train.epochs=1")
            : RecipeReader.Override(TrainingTasks.Find(MaskedVideoTask.Name)!.NewRecipe(),
            [
                "output.folder=" + pretrained, "model.frames=2", "model.image_size=8", "model.patch_size=4", "model.encoder.width=32",
                "model.encoder.layers=2", "model.encoder.heads=2", "model.decoder.width=16", "model.decoder.layers=1",
                "model.decoder.heads=2",
                "train.batch_size=8", "train.epochs=1", "schedule.warmup_epochs=0", "model.mask_ratio=0.5", "evaluate.every_epochs=0",
            ]);
        TrainingRun.Start(recipe, _options);
        Recipe fine = ClassifierRuns.Recipe("unused", $"model.architecture={architecture}", $"model.initialize_from={pretrained}",
            $"model.vision.pixel_normalization={(architecture == "clip" ? "openai" : "imagenet")}");
        using CpuDevice device = new(1);
        using TrainingTask task = TrainingTasks.Of(fine).Create(new TaskSetup(fine, device, _options.Data, TaskPurpose.Training));
        string[] fresh = architecture == "clip" ? ["fc_cls.weight", "fc_cls.bias"]
            : ["fc_norm.weight", "fc_norm.bias", "head.weight", "head.bias"];
        Assert.Equal(fresh.Order(), task.FirstWeights!.Fresh.Order());
    }

    [Theory]
    [InlineData("clip", 3)]
    [InlineData("clip", 8)]
    [InlineData("videomae", 5)]
    public void A_stopped_and_resumed_run_has_the_losses_of_an_undisturbed_one(string architecture, int stopAfter)
    {
        string[] overrides =
            [$"model.architecture={architecture}", "train.average_decay=0.9", "evaluate.weights=average", .. ClassifierRuns.AllDraws];
        TrainingOutcome undisturbed = TrainingRun.Start(ClassifierRuns.Recipe(_folder.File("undisturbed"), overrides), _options);
        using CancellationTokenSource stop = new();
        RecordingObserver observer = new(step =>
        {
            if (step == stopAfter)
            {
                stop.Cancel();
            }
        });
        Assert.False(TrainingRun.Start(ClassifierRuns.Recipe(_folder.File("run"), overrides),
            _options with { Observer = observer }, stop.Token).IsComplete);
        TrainingOutcome resumed = TrainingRun.Resume(_folder.File("run"), options: _options);
        Assert.Equal(undisturbed.Evaluation!.Values, resumed.Evaluation!.Values);
        Assert.Equal(BrightnessRun.Losses(_folder.File("undisturbed")), BrightnessRun.Losses(_folder.File("run")));
    }

    [Theory]
    [InlineData("train.devices=cpu:2")]
    [InlineData("train.devices=cpu:4")]
    [InlineData("train.micro_batch_size=8")]
    [InlineData("train.micro_batch_size=8", "train.devices=cpu:2")]
    public void Ranks_and_parts_have_the_losses_of_one_whole_batch(params string[] shared)
    {
        string[] overrides = ["train.batch_size=16", .. ClassifierRuns.AllDraws];
        TrainingRun.Start(ClassifierRuns.Recipe(_folder.File("one"), overrides), _options);
        TrainingRun.Start(ClassifierRuns.Recipe(_folder.File("shared"), [.. overrides, .. shared]), _options);
        AssertSameLosses("one", "shared", 1e-5);
    }

    [Fact]
    public void Every_way_to_change_clips_changes_the_losses()
    {
        TrainingRun.Start(ClassifierRuns.Recipe(_folder.File("plain")), _options);
        (long Step, long LossBits)[] plain = BrightnessRun.Losses(_folder.File("plain"));
        foreach (string change in ClassifierRuns.AllDraws)
        {
            string run = _folder.File(change);
            TrainingRun.Start(ClassifierRuns.Recipe(run, change), _options);
            Assert.NotEqual(plain, BrightnessRun.Losses(run));
        }
    }

    [Fact]
    public void A_recipe_without_classes_is_refused_where_the_data_does_not_say_them()
    {
        RecipeException error = Assert.Throws<RecipeException>(() =>
            TrainingRun.Start(ClassifierRuns.Recipe(_folder.File("run"), "model.classes=0"), _options));
        Assert.Contains("set model.classes", error.Message);
    }

    [Theory]
    [InlineData("model.architecture=videomae,model.vision.frames=3", "model.vision.frames is 3, expected a multiple of 2")]
    [InlineData("model.architecture=videomae,model.vision.patch_dropout=0.5", "leave them out with model.architecture=videomae")]
    [InlineData("model.architecture=videomae,model.vision.gelu=quick", "model.vision.gelu is quick, but the encoder")]
    [InlineData("model.vision.patch_size=3", "expected a multiple of model.vision.patch_size 3")]
    [InlineData("train.mixing.cutmix_maximum=0.2,train.mixing.cutmix_minimum=0.3", "train.mixing.cutmix_minimum is 0.3, expected at most")]
    [InlineData("data.random_erasing.area_minimum=0.5", "data.random_erasing.area_minimum is 0.5, expected at most")]
    public void Keys_that_contradict_each_other_are_refused(string overrides, string expected) => Assert.Contains(expected,
        Assert.Throws<RecipeException>(() => ClassifierRuns.Recipe("run", overrides.Split(','))).Message);

    private void AssertSameLosses(string expected, string actual, double bound)
    {
        (long Step, long LossBits)[] first = BrightnessRun.Losses(_folder.File(expected));
        (long Step, long LossBits)[] second = BrightnessRun.Losses(_folder.File(actual));
        Assert.Equal(first.Select(line => line.Step), second.Select(line => line.Step));
        Assert.All(first.Zip(second), pair =>
        {
            double a = BitConverter.Int64BitsToDouble(pair.First.LossBits), b = BitConverter.Int64BitsToDouble(pair.Second.LossBits);
            Assert.InRange(Math.Abs(a - b) / Math.Abs(a), 0, bound);
        });
    }
}
