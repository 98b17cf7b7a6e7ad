namespace Avion.Training.Tests;

/// <summary>What `avion eval` may name, change and choose, on runs of a tiny dual encoder.</summary>
public sealed class EvaluationRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TrainingOptions _options = new() { Data = SyntheticClips.Data(train: 48, validation: 40) };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_checkpoint_is_found_by_its_run_its_folder_its_pointers_and_its_weights()
    {
        TrainingOutcome outcome = Train();
        string checkpoints = Path.Combine(outcome.Folder, "checkpoints"), step = Path.Combine(checkpoints, $"step-{outcome.Steps:D6}");
        EvaluationResult expected = Evaluation.Run(step, options: _options);
        string[] names =
        [
            outcome.Folder, checkpoints, Path.Combine(checkpoints, "latest"), Path.Combine(checkpoints, "best"),
            Path.Combine(step, "model.safetensors"),
        ];
        Assert.All(names, name => Assert.Equal(expected.Values, Evaluation.Run(name, options: _options).Values));
        Assert.Equal(step, CheckpointStore.Find(Path.Combine(checkpoints, "latest")));
        Assert.Contains("neither a checkpoint nor a run", Assert.Throws<RunException>(() => Evaluation.Run(_folder.File("no"))).Message);
    }

    [Fact]
    public void More_frames_resize_the_temporal_embedding_and_other_keys_of_the_model_are_refused()
    {
        TrainingOutcome outcome = Train();
        RecordingObserver observer = new();
        EvaluationResult longer = Evaluation.Run(outcome.Folder, ["model.vision.frames=4"], _options with { Observer = observer });
        Assert.Contains(observer.Messages, message => message.Contains("visual.temporal_embedding (2 to 4 rows)", StringComparison.Ordinal));
        Assert.Equal(40, longer["clips"]);
        EvaluationResult larger = Evaluation.Run(outcome.Folder, ["model.vision.image_size=12"], _options);
        Assert.NotEqual(longer["map_average"], larger["map_average"]);
        RunException error = Assert.Throws<RunException>(() => Evaluation.Run(outcome.Folder, ["model.vision.layers=3"], _options));
        Assert.Contains("all but model.vision.frames and model.vision.image_size; leave model.vision.layers out", error.Message);
    }

    [Fact]
    public void Weights_of_another_recipe_are_evaluated_under_one_that_is_given_if_they_fill_its_model()
    {
        TrainingOutcome outcome = Train();
        string weights = Path.Combine(outcome.Folder, "checkpoints", $"step-{outcome.Steps:D6}", "model.safetensors");
        string recipe = _folder.File("recipe.yaml");
        File.WriteAllText(recipe, RecipeWriter.ToYaml(
            RecipeReader.Override(TrainingTasks.Find("retrieval")!.NewRecipe(), DualEncoderRunTests.TinyKeys(_folder.File("x")))));
        EvaluationOptions options = new() { RecipePath = recipe, Training = _options };
        Assert.Equal(Evaluation.Run(weights, options: _options).Values, Evaluation.Run(weights, options).Values);
        CheckpointException error = Assert.Throws<CheckpointException>(() =>
            Evaluation.Run(weights, options with { Overrides = ["model.vision.layers=3"] }));
        Assert.Contains("vision.layers 2 (it says so), the recipe model.vision.layers 3", error.Message);
    }

    [Fact]
    public void Few_clips_of_which_many_cannot_be_read_are_no_evaluation_unless_the_recipe_allows_it()
    {
        TrainingOutcome outcome = Train();
        int reads = -1;
        TrainingOptions damaged = new()
        {
            Data = SyntheticClips.Data(48, 40, () => new SyntheticClips.Source(() => Interlocked.Increment(ref reads) % 3 == 0)),
        };
        DataException refused = Assert.Throws<DataException>(() => Evaluation.Run(outcome.Folder, options: damaged));
        Assert.Contains("clips could not be read, expected at most 2.0", refused.Message);
        Assert.EndsWith("More are allowed by data.maximum_bad_fraction.", refused.Message);
        reads = -1;
        Assert.Equal(14, Evaluation.Run(outcome.Folder, ["data.maximum_bad_fraction=0.6"], damaged)["unreadable_clips"]);
    }

    [Fact]
    public void An_evaluation_is_chosen_by_its_word_and_one_that_is_not_there_is_told_with_its_remedy()
    {
        TrainingOutcome outcome = Train();
        EvaluationOptions options = new() { Evaluator = "retrieval", Training = _options };
        Assert.Equal(Evaluation.Run(outcome.Folder, options: _options).Values, Evaluation.Run(outcome.Folder, options).Values);
        RunException error = Assert.Throws<RunException>(() => Evaluation.Run(outcome.Folder, options with { Evaluator = "zero-shot" }));
        Assert.Contains("has no evaluation 'zero-shot' of this data, only retrieval.", error.Message);
        Assert.Contains("evaluate.classes=", error.Message);
    }

    [Fact]
    public void A_submission_of_other_clips_than_the_challenge_s_is_refused_before_a_clip_is_read()
    {
        TrainingOutcome outcome = Train();
        TrainingData unread = _options.Data! with { OpenSource = () => throw new InvalidOperationException("A clip is read.") };
        EvaluationOptions options = new() { Training = _options with { Data = unread }, Outputs = new EvaluationOutputs(), Files = ["x.zip"] };
        Assert.Contains("of the clips of EPIC-KITCHENS-100 alone", Assert.Throws<RunException>(() => Evaluation.Run(outcome.Folder, options)).Message);
    }

    [Fact]
    public void Mirror_images_are_averaged()
    {
        TrainingOutcome outcome = Train();
        EvaluationOutputs plain = new(), flipped = new();
        Evaluation.Run(outcome.Folder, new EvaluationOptions { Training = _options, Outputs = plain });
        Evaluation.Run(outcome.Folder, new EvaluationOptions { Training = _options, Outputs = flipped, Overrides = ["evaluate.flip=true"] });
        TrainingData mirrored = _options.Data! with { OpenSource = () => new MirroredSource() };
        EvaluationOutputs mirror = new();
        Evaluation.Run(outcome.Folder, new EvaluationOptions { Training = _options with { Data = mirrored }, Outputs = mirror });
        float[] a = plain.Find("video")!.Values, b = mirror.Find("video")!.Values, both = flipped.Find("video")!.Values;
        Assert.NotEqual(a, b);
        for (int clip = 0; clip < 40; clip++)
        {
            double[] mean = [.. Enumerable.Range(clip * 16, 16).Select(i => ((double)a[i] + b[i]) / 2)];
            double length = Math.Sqrt(mean.Sum(x => x * x));
            Assert.All(Enumerable.Range(0, 16), i => Assert.Equal(mean[i] / length, both[(clip * 16) + i], 1e-5));
        }
    }

    private TrainingOutcome Train() => TrainingRun.Start(DualEncoderRunTests.TinyRecipe(_folder.File("run")), _options);

    private sealed class MirroredSource : IClipSource
    {
        private readonly SyntheticClips.Source _source = new();

        public VideoShape GetShape(in VideoSource video) => _source.GetShape(video);

        public void Read(in VideoSource video, ReadOnlySpan<int> frames, in FrameTransform transform, Span<byte> destination,
            CancellationToken cancellation)
        {
            _source.Read(video, frames, transform, destination, cancellation);
            for (int row = 0; row < destination.Length; row += transform.OutputWidth)
            {
                for (int x = 0; x < transform.OutputWidth / 2; x++)
                {
                    (destination[row + x], destination[row + transform.OutputWidth - 1 - x]) =
                        (destination[row + transform.OutputWidth - 1 - x], destination[row + x]);
                }
            }
        }

        public void Dispose() => _source.Dispose();
    }
}
