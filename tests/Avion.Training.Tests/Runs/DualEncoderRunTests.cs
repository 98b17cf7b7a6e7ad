namespace Avion.Training.Tests;

/// <summary>Whole runs of a tiny dual encoder on clips whose brightness is what their captions say.</summary>
public sealed class DualEncoderRunTests
{
    [Fact]
    public void A_tiny_dual_encoder_learns_to_retrieve_and_its_checkpoint_evaluates_to_the_same_numbers()
    {
        using TemporaryFolder folder = new();
        TrainingData data = SyntheticClips.Data(train: 96, validation: 40);
        TrainingOutcome outcome = TrainingRun.Start(
            TinyRecipe(folder.File("run"), "train.epochs=20", "checkpoint.every_steps=0"), new TrainingOptions { Data = data });
        EvaluationResult result = outcome.Evaluation!;
        Assert.True(result["map_average"] > 0.8, $"mAP is {result["map_average"]} where chance is {result["map_average_chance"]}.");
        Assert.InRange(result["map_t2v_chance"], 0.05, 0.4);
        Assert.Equal((40, SyntheticClips.Levels, 0), ((int)result["clips"], (int)result["captions"], (int)result["unreadable_clips"]));

        EvaluationResult again =
            Evaluation.Run(folder.File("run", "checkpoints", $"step-{outcome.Steps:D6}"), options: new TrainingOptions { Data = data });
        Assert.Equal(result.Values, again.Values);
    }

    [Theory]
    [InlineData(3, "adamw")]
    [InlineData(8, "adamw")]
    [InlineData(5, "lion")]
    [InlineData(5, "sgd")]
    [InlineData(6, "adamw", "train.micro_batch_size=2")]
    [InlineData(6, "adamw", "train.micro_batch_size=4", "loss.kind=sigmoid", "train.devices=cpu:2")]
    [InlineData(6, "adamw", "train.average_decay=0.9", "optimizer.weight_decay_end=0.1", "train.undropped_epochs=0.5",
        "evaluate.weights=average")]
    public void A_stopped_and_resumed_run_has_the_losses_and_weights_of_an_undisturbed_one(
        int stopAfter, string optimizer, params string[] more)
    {
        using TemporaryFolder folder = new();
        TrainingOptions options = new() { Data = SyntheticClips.Data(train: 50, validation: 10) };
        string[] overrides =
            [$"optimizer.kind={optimizer}", "optimizer.layer_decay=0.9", "model.vision.patch_dropout=0.3", "model.vision.drop_path=0.1",
                .. more];
        TrainingRun.Start(TinyRecipe(folder.File("undisturbed"), overrides), options);
        using CancellationTokenSource stop = new();
        TrainingOptions stopping = options with
        {
            Observer = new RecordingObserver(step =>
            {
                if (step == stopAfter)
                {
                    stop.Cancel();
                }
            }),
        };
        Assert.False(TrainingRun.Start(TinyRecipe(folder.File("run"), overrides), stopping, stop.Token).IsComplete);
        TrainingOutcome outcome = TrainingRun.Resume(folder.File("run"), options: options);
        Assert.True(outcome.IsComplete);
        Assert.Equal(BrightnessRun.Losses(folder.File("undisturbed")), BrightnessRun.Losses(folder.File("run")));
        foreach (string file in new[] { CheckpointStore.ModelFile, CheckpointStore.OptimizerFile, WeightAverage.FileName })
        {
            if (file == WeightAverage.FileName && !more.Contains("train.average_decay=0.9"))
            {
                continue;
            }

            string last = Path.Combine("checkpoints", $"step-{outcome.Steps:D6}", file);
            Assert.Equal(TensorBytes(folder.File("undisturbed", last)), TensorBytes(folder.File("run", last)));
        }
    }

    [Fact]
    public void Threads_and_recomputed_activations_change_no_loss()
    {
        using TemporaryFolder folder = new();
        TrainingData data = SyntheticClips.Data(train: 50);
        TrainingRun.Start(TinyRecipe(folder.File("one")), new TrainingOptions { Data = data, ComputeThreads = 1 });
        TrainingRun.Start(
            TinyRecipe(folder.File("three"), "train.checkpoint_activations=true", "data.decode_threads=3"),
            new TrainingOptions { Data = data, ComputeThreads = 3 });
        Assert.Equal(BrightnessRun.Losses(folder.File("one")), BrightnessRun.Losses(folder.File("three")));
    }

    [Fact]
    public void Epochs_without_patch_dropout_are_those_of_a_model_that_drops_none()
    {
        using TemporaryFolder folder = new();
        TrainingOptions options = new() { Data = SyntheticClips.Data(train: 50) };
        (long Step, long LossBits)[] Losses(string name, params string[] overrides)
        {
            TrainingRun.Start(TinyRecipe(folder.File(name), overrides), options);
            return BrightnessRun.Losses(folder.File(name));
        }

        (long Step, long LossBits)[] none = Losses("none"), dropping = Losses("dropping", "model.vision.patch_dropout=0.5");
        Assert.Equal(none, Losses("all kept", "model.vision.patch_dropout=0.5", "train.undropped_epochs=2"));

        // Of 12 steps the last 3 keep all patches: up to there the run drops as one that drops to the end.
        (long Step, long LossBits)[] tail = Losses("tail", "model.vision.patch_dropout=0.5", "train.undropped_epochs=0.5");
        Assert.Equal(dropping[..9], tail[..9]);
        Assert.NotEqual(dropping[9].LossBits, tail[9].LossBits);
    }

    [Fact]
    public void A_frozen_logit_scale_stays_and_a_free_one_stays_within_its_bounds()
    {
        using TemporaryFolder folder = new();
        TrainingData data = SyntheticClips.Data(train: 50);
        Assert.All(LogitScales("frozen", "train.freeze_logit_scale=true"), scale => Assert.Equal(1 / 0.07, scale, 1e-4));
        double[] free = LogitScales("free", "optimizer.learning_rate=1", "schedule.kind=constant", "optimizer.clip_gradient_norm=1");
        Assert.All(free, scale => Assert.InRange(scale, 1, 100.001));
        Assert.Contains(free, scale => scale is > 99.9 or < 1.001);

        double[] LogitScales(string name, params string[] overrides)
        {
            TrainingRun.Start(TinyRecipe(folder.File(name), overrides), new TrainingOptions { Data = data });
            return
            [
                .. RunLogReader.Read(folder.File(name, "log.jsonl")).Entries
                    .Where(entry => entry.Kind == RunLogKind.Step).Select(entry => entry.Values["logit_scale"]),
            ];
        }
    }

    [Fact]
    public void Unreadable_clips_of_the_validation_set_are_left_out_and_counted()
    {
        using TemporaryFolder folder = new();
        int reads = 0;
        TrainingData good = SyntheticClips.Data(train: 50, validation: 40);
        TrainingOutcome outcome = TrainingRun.Start(TinyRecipe(folder.File("run")), new TrainingOptions { Data = good });
        TrainingData bad = good with { OpenSource = () => new SyntheticClips.Source(() => Interlocked.Increment(ref reads) % 10 == 0) };
        EvaluationResult result = Evaluation.Run(outcome.Folder, ["data.maximum_bad_fraction=0.2"], new TrainingOptions { Data = bad });
        Assert.Equal((36, 4), ((int)result["clips"], (int)result["unreadable_clips"]));
    }

    [Fact]
    public void A_vocabulary_that_is_too_large_is_refused_before_anything_is_trained()
    {
        using TemporaryFolder folder = new();
        TrainingData data = SyntheticClips.Data(train: 50) with { Encoder = new LargeEncoder() };
        RunException error = Assert.Throws<RunException>(() =>
            TrainingRun.Start(TinyRecipe(folder.File("run")), new TrainingOptions { Data = data }));
        Assert.Contains("has 5000 tokens, expected at most model.text.vocabulary_size 600", error.Message);
    }

    /// <summary>A dual encoder that takes milliseconds a step, on 8-pixel clips of 2 frames.</summary>
    internal static Recipe TinyRecipe(string folder, params string[] overrides) =>
        RecipeReader.Override(new Recipe { Name = "tiny" }, [.. TinyKeys(folder), .. overrides]);

    /// <summary>The keys of <see cref="TinyRecipe"/>.</summary>
    internal static string[] TinyKeys(string folder) =>
    [
        "output.folder=" + folder, "output.log_every_steps=1", "checkpoint.every_steps=4", "checkpoint.every_seconds=0",
        "train.batch_size=8", "train.epochs=2", "train.seed=3", "optimizer.learning_rate=3e-3", "optimizer.clip_gradient_norm=1",
        "schedule.start_learning_rate=1e-4", "schedule.end_learning_rate=1e-4", "evaluate.every_epochs=0", "evaluate.batch_size=16",
        "data.decode_threads=2", "model.embedding_size=16", "model.vision.frames=2", "model.vision.image_size=8",
        "model.vision.patch_size=4", "model.vision.width=32", "model.vision.layers=2", "model.vision.heads=2",
        "model.text.context_length=8", "model.text.vocabulary_size=600", "model.text.width=32", "model.text.layers=2", "model.text.heads=2",
    ];

    /// <summary>The data of a safetensors file, without its header, which carries the recipe and with it the run's folder.</summary>
    internal static byte[] TensorBytes(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        return file[(8 + (int)BitConverter.ToInt64(file))..];
    }

    private sealed class LargeEncoder : ICaptionEncoder
    {
        public int VocabularySize => 5000;

        public int Encode(ReadOnlySpan<byte> utf8, Span<int> tokens) => throw new NotSupportedException();
    }
}
