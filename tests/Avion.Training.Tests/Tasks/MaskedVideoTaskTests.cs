namespace Avion.Training.Tests;

public sealed class MaskedVideoTaskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TrainingOptions _options = new() { Data = SyntheticClips.Data(train: 26, validation: 7), ComputeThreads = 2 };

    public void Dispose() => _folder.Dispose();

    internal static Recipe TinyRecipe(string folder, params string[] overrides) => RecipeReader.Read(
        """
        task: masked-video
        model:
          frames: 8
          image_size: 16
          patch_size: 4
          mask_ratio: 0.75
          encoder: {width: 24, layers: 2, heads: 3}
          decoder: {width: 16, layers: 1, heads: 2}
        optimizer: {learning_rate: 2e-3, weight_decay: 0.05, beta2: 0.95}
        schedule: {kind: cosine, warmup_epochs: 0.5}
        train: {epochs: 4, batch_size: 4, seed: 3}
        evaluate: {every_epochs: 2, batch_size: 3}
        checkpoint: {every_steps: 5, every_seconds: 0}
        """,
        "test", ["output.folder=" + folder, "output.log_every_steps=1", .. overrides]);

    [Theory]
    [InlineData("all", "adamw")]
    [InlineData("running_cell", "lion")]
    [InlineData("motion", "adamw")]
    public void A_run_that_is_stopped_goes_on_bit_for_bit(string decoderTokens, string optimizer)
    {
        string[] overrides = [$"model.decoder_tokens={decoderTokens}", $"optimizer.kind={optimizer}", "optimizer.learning_rate=3e-4"];
        TrainingOutcome undisturbed = TrainingRun.Start(TinyRecipe(_folder.File("undisturbed"), overrides), _options);
        using CancellationTokenSource stop = new();
        RecordingObserver observer = new(step =>
        {
            if (step == 8)
            {
                stop.Cancel();
            }
        });
        string run = _folder.File("run");
        Assert.False(TrainingRun.Start(TinyRecipe(run, overrides), _options with { Observer = observer }, stop.Token).IsComplete);
        TrainingOutcome resumed = TrainingRun.Resume(run, options: _options);
        Assert.True(resumed.IsComplete);
        Assert.Equal(24, resumed.Steps);
        Assert.Equal(BrightnessRun.Losses(_folder.File("undisturbed")), BrightnessRun.Losses(run));
        Assert.Equal(undisturbed.Evaluation!.Values, resumed.Evaluation!.Values);
        Assert.Equal(undisturbed.Evaluation["masked_error"],
            Evaluation.Run(run, options: _options)["masked_error"], 1e-6);
        Assert.Contains("Leave --export out", Assert.Throws<RunException>(() => Evaluation.Run(run, new EvaluationOptions
        {
            Training = _options, Outputs = new EvaluationOutputs(), Files = ["p.json"],
        })).Message);
    }

    [Theory]
    [InlineData("all")]
    [InlineData("running_cell")]
    [InlineData("motion")]
    public void Two_ranks_have_the_losses_of_one(string decoderTokens)
    {
        double[] Train(string name, string devices)
        {
            string folder = _folder.File(name);
            TrainingRun.Start(
                TinyRecipe(folder, $"model.decoder_tokens={decoderTokens}", $"train.devices={devices}", "train.epochs=2"), _options);
            return [.. BrightnessRun.Losses(folder).Select(item => BitConverter.Int64BitsToDouble(item.LossBits))];
        }

        Assert.Equal(Train("one", "cpu"), Train("two", "cpu:2"), (a, b) => Math.Abs(a - b) <= 2e-6 * Math.Abs(a));
    }

    [Fact]
    public void The_error_falls_below_that_of_predicting_the_mean_and_the_lowest_is_the_best()
    {
        Recipe recipe = TinyRecipe(_folder.File("run"), "train.epochs=45", "optimizer.learning_rate=1e-2", "evaluate.before_training=true",
            "evaluate.every_epochs=15");
        TrainingData stripes = SyntheticClips.Data(train: 26, validation: 7, () => new Stripes());
        TrainingOutcome outcome = TrainingRun.Start(recipe, _options with { Data = stripes });
        double[] errors = [.. RunLogReader.Read(_folder.File("run", "log.jsonl")).Entries
            .Where(entry => entry.Kind == RunLogKind.Evaluation).Select(entry => entry.Values["masked_error"])];
        double chance = outcome.Evaluation!["masked_error_chance"];
        Assert.Equal(31.0 / 32, chance, 0.01);
        Assert.Equal(4, errors.Length);
        Assert.Equal(errors.Min(), outcome.BestValue);
        Assert.True(errors[0] > chance && errors[^1] < 0.5 * chance, string.Join(", ", errors));
    }

    [Theory]
    [InlineData("all", 96)]
    [InlineData("running_cell", 48)]
    [InlineData("motion", 48)]
    public void Every_clip_predicts_equally_many_tokens(string decoderTokens, int expected)
    {
        Recipe recipe = TinyRecipe(_folder.File("run"), $"model.decoder_tokens={decoderTokens}", "model.mask_ratio=0.76",
            "model.image_size=32");
        using ReferenceDevice device = new();
        using MaskedVideoTask task = MaskedVideoTask.Create(TaskSetup.ForMeasuring(recipe, device));
        using SyntheticBatch batch = task.CreateSyntheticBatch(3);
        using Tape tape = new(device);
        using StepMeasurements measurements = new(device);
        task.Prepare(tape, batch.Tensors);
        _ = task.Loss(tape, batch.Tensors, measurements);

        // 8 x 8 cells, 48 hidden; 4 slots; three clips.
        tape.Reset();
        tape.Begin(default);
        task.Prepare(tape, batch.Tensors);
        _ = task.Model.Loss(tape, batch.Tensors.Pixels, task.Masks, out Tensor predictions, out _);
        Assert.Equal(3 * 2 * expected, predictions.Shape.Rows);
    }

    [Theory]
    [InlineData("model.frames=12", "model.decoder_tokens=running_cell", "model.frames is 12, expected a multiple of 8")]
    [InlineData("model.frames=2", "model.decoder_tokens=motion", "model.frames is 2, expected at least 4")]
    [InlineData("model.mask_ratio=0.05", "model.frames=8", "model.mask_ratio is 0.05, which hides none of the 4 x 4 tubes")]
    [InlineData("model.decoder_tokens=some", "model.frames=8", "expected one of all, running_cell, motion")]
    public void Recipes_that_cannot_work_are_refused(string first, string second, string expected) =>
        Assert.Contains(expected, Assert.Throws<RecipeException>(() => TinyRecipe(_folder.File("run"), first, second)).Message);

    [Fact]
    public void A_folder_without_annotations_gives_every_video_once_and_one_without_videos_is_refused()
    {
        foreach (string name in new[] { "b.mp4/15.mp4", "b.mp4/0.mp4", "a/clip.MKV", "a/notes.txt", ".hidden.mp4" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File("videos", name))!);
            File.WriteAllText(_folder.File("videos", name), "");
        }

        Recipe recipe = RecipeReader.Override(TinyRecipe(_folder.File("run")),
            ["data.train.videos=" + _folder.File("videos"), "data.train.chunk_seconds=15", "data.validation.videos=" + _folder.File("videos", "a")]);
        TrainingData data = MaskedVideoTask.OpenData(recipe, _folder.FullName, TaskPurpose.Training);
        Assert.Equal(["a/clip.MKV (whole)", "b.mp4/0.mp4 (whole)", "b.mp4/15.mp4 (whole)"],
            Enumerable.Range(0, data.Train!.Count).Select(index => data.Train.Describe(new SampleKey(0, 0, index, 0))));
        Assert.Equal(1, data.Validation!.Count);

        Directory.CreateDirectory(_folder.File("empty"));
        recipe = RecipeReader.Override(recipe, ["data.train.videos=" + _folder.File("empty")]);
        Assert.Contains("holds no video",
            Assert.Throws<DataException>(() => MaskedVideoTask.OpenData(recipe, _folder.FullName, TaskPurpose.Training)).Message);
    }

    /// <summary>Frames with stripes from top to bottom, which are brighter in one clip than in another.</summary>
    private sealed class Stripes : IClipSource
    {
        public VideoShape GetShape(in VideoSource video) => new(8, 8, 1000, 30);

        public void Read(
            in VideoSource video, ReadOnlySpan<int> frames, in FrameTransform transform, Span<byte> destination,
            CancellationToken cancellation)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = (byte)(((video.Path[^1] - '0') * 15) + (i % 8 switch { 1 => 90, 2 or 4 => 40, 6 => 60, _ => 10 }));
            }
        }

        public void Dispose()
        {
        }
    }
}
