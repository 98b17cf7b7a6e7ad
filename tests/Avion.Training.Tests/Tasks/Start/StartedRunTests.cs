namespace Avion.Training.Tests;

/// <summary>Whole runs that begin with weights of other programs and other runs.</summary>
public sealed class StartedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_unconverted_file_of_OpenAI_s_names_trains_is_told_of_in_the_log_and_is_not_needed_again()
    {
        ForeignWeights.SaveOpenAi(_folder.File("clip.pt"), ForeignWeights.PublishedConfig);
        RecordingObserver observer = new(_ => { });
        Recipe recipe = RecipeReader.Read(
            $"name: start\nmodel: {{initialize_from: '{_folder.File("clip.pt")}', allow_other_vocabulary: true, text: {{vocabulary_size: 600}}}}\n"
            + "train: {batch_size: 8, epochs: 1}\nschedule: {warmup_epochs: 0}\ncheckpoint: {every_steps: 2}\n"
            + $"output: {{folder: '{_folder.File("run")}', log_every_steps: 1}}\n", "test");
        using CancellationTokenSource stop = new();
        TrainingOptions options = new() { Data = SyntheticClips.Data(train: 64), Observer = observer };
        TrainingRun.Start(recipe, options with { Observer = new RecordingObserver(step => Stop(step, stop)) }, stop.Token);
        RunLogEntry setup = Assert.Single(RunLogReader.Read(_folder.File("run", "log.jsonl")).Entries, entry => entry.Kind == RunLogKind.Setup);
        Assert.Equal(64, setup.Values["clips"]);
        Assert.Equal("OpenAI CLIP", setup.Labels["first_weights.family"]);
        Assert.Contains("visual.temporal_embedding", setup.Labels["first_weights.fresh"]);

        // The run's recipe has what the file said; the file itself may go.
        Recipe written = RecipeReader.ReadFile(_folder.File("run", "recipe.yaml"));
        Assert.Equal("quick", DualEncoderOptions.Of(written).Vision.Gelu);
        File.Delete(_folder.File("clip.pt"));
        Assert.True(TrainingRun.Resume(_folder.File("run"), options: options).IsComplete);

        static void Stop(long step, CancellationTokenSource stop)
        {
            if (step == 3)
            {
                stop.Cancel();
            }
        }
    }

    [Fact]
    public void A_run_begins_with_the_best_checkpoint_of_another_and_frozen_parameters_stay_to_the_bit()
    {
        TrainingOptions options = new() { Data = SyntheticClips.Data(train: 32) };
        TrainingRun.Start(DualEncoderRunTests.TinyRecipe(_folder.File("first"), "train.epochs=1"), options);
        Recipe second = DualEncoderRunTests.TinyRecipe(_folder.File("second"), "train.epochs=1",
            $"model.initialize_from={_folder.File("first")}", "model.freeze=['visual.*', '*.token_embedding.*']");
        TrainingOutcome outcome = TrainingRun.Start(second, options);
        using CpuDevice device = new(1);
        using Model before = Checkpoint.Load(CheckpointStore.Find(_folder.File("first")), device);
        using Model after = Checkpoint.Load(CheckpointStore.Find(_folder.File("second")), device);
        Assert.True(outcome.IsComplete);
        foreach (Parameter parameter in before.Parameters.Parameters)
        {
            bool isFrozen = parameter.Name.StartsWith("visual.", StringComparison.Ordinal) || parameter.Name == "textual.token_embedding.weight";
            bool isSame = ForeignWeights.Values(before, parameter.Name).SequenceEqual(ForeignWeights.Values(after, parameter.Name));
            Assert.True(isSame == isFrozen, $"{parameter.Name}: {(isFrozen ? "frozen" : "trained")}, yet {(isSame ? "the same" : "changed")}.");
        }

        using TensorArchive moments = TensorArchive.Open(Path.Combine(CheckpointStore.Find(_folder.File("second")), CheckpointStore.OptimizerFile));
        Assert.DoesNotContain(moments.Entries, entry => entry.Name.Contains("visual.", StringComparison.Ordinal));
        RunLogEntry setup = Assert.Single(RunLogReader.Read(_folder.File("second", "log.jsonl")).Entries, entry => entry.Kind == RunLogKind.Setup);
        long all = after.Parameters.ValueCount;
        long frozen = after.Parameters.Parameters.Where(parameter => parameter.Name.StartsWith("visual.", StringComparison.Ordinal)
            || parameter.Name == "textual.token_embedding.weight").Sum(parameter => parameter.Shape.Count);
        Assert.Equal((all, all - frozen), ((long)setup.Values["parameters"], (long)setup.Values["trained_parameters"]));
    }

    [Theory]
    [InlineData("model.freeze=[visul.*]", "model.freeze has 'visul.*', which no parameter of the model is named like. The nearest names are 'visual.")]
    [InlineData("model.initialize_except=['*_projecton']", "model.initialize_except has '*_projecton'", "'textual.text_projection'",
        "'visual.image_projection'")]
    [InlineData("model.freeze=*", "model.freeze leaves nothing to train: all ")]
    [InlineData("model.freeze=['visual.*', logit_scale, 'textual.*']", "model.freeze leaves nothing to train: all ")]
    public void Patterns_of_no_parameter_or_of_all_are_refused_before_anything_is_made(string pattern, params string[] parts)
    {
        TrainingOptions options = new() { Data = SyntheticClips.Data(train: 32) };
        Recipe recipe = DualEncoderRunTests.TinyRecipe(_folder.File("run"), "train.epochs=1", pattern);
        string problem = Assert.Single(Assert.Throws<RecipeException>(() => TrainingRun.Start(recipe, options)).Problems);
        Assert.All(parts, part => Assert.Contains(part, problem));
        Assert.False(Directory.Exists(_folder.File("run")));
        Assert.Equal(problem, TrainingPreview.Of(recipe, options).Problems[0]);
    }

    [Fact]
    public void A_preview_of_a_start_is_what_the_start_does()
    {
        ForeignWeights.SaveOwn(_folder.File("w.safetensors"), ForeignWeights.Config);
        Recipe recipe = RecipeReader.Read($"name: start\nmodel: {{initialize_from: '{_folder.File("w.safetensors")}', allow_other_vocabulary: true, "
            + $"vision: {{frames: 5}}, text: {{vocabulary_size: 600}}}}\ntrain: {{batch_size: 8, epochs: 3}}\noutput: {{folder: '{_folder.File("run")}'}}\n", "test");
        TrainingPreview preview = TrainingPreview.Of(recipe, new TrainingOptions { Data = SyntheticClips.Data(train: 33) });
        Assert.Empty(preview.Missing);
        Assert.Empty(preview.Problems);
        StartSummary summary = preview.Summary!;
        Assert.Equal((33L, 12L), (summary.Data.Single(count => count.What == "clips").Count, summary.Steps));
        Assert.Equal(["visual.temporal_embedding (3 to 5 rows)"], summary.FirstWeights!.Resized);
        Assert.False(Directory.Exists(_folder.File("run")));
        Assert.Equal(3, DualEncoderOptions.Of(preview.Recipe).Vision.Heads);
    }

    [Fact]
    public void A_preview_tells_all_that_is_wrong_at_once()
    {
        Recipe recipe = RecipeReader.Read($"name: start\nmodel: {{initialize_from: '{_folder.File("absent.pt")}'}}\n"
            + $"data: {{vocabulary: '{_folder.File("bpe_simple_vocab_16e6.txt")}', train: {{videos: '{_folder.FullName}', annotations: ['{_folder.File("a.csv")}', '{_folder.File("b.csv")}']}}}}\n",
            "test", ["model.vision.width=100", "train.batch_size=1", "model.text.layers=1", "model.vision.layers=1"]);
        TrainingPreview preview = TrainingPreview.Of(recipe);
        Assert.Equal(["model.initialize_from", "data.train.annotations", "data.train.annotations", "data.vocabulary"],
            preview.Missing.Select(input => input.Key));
        Assert.Contains("github.com/openai/CLIP", preview.Missing[3].Remedy);
        Assert.Contains(preview.Problems, problem => problem.Contains("model.vision.width is 100", StringComparison.Ordinal));
    }
}
