namespace Avion.Training.Tests;

/// <summary>What first weights decide of a recipe, and what is refused.</summary>
public sealed class FirstWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_silent_recipe_takes_over_everything_that_the_file_says_of_itself()
    {
        ForeignWeights.SaveOwn(_folder.File("w.safetensors"), ForeignWeights.Config, PixelNormalization.ImageNet);
        Recipe adopted = FirstWeights.Adopt(RecipeOf("w.safetensors"), Letters(600));
        DualEncoderOptions options = DualEncoderOptions.Of(adopted);
        Assert.Equal(ForeignWeights.Config, options.ModelConfig(600));
        Assert.Equal("imagenet", options.Vision.PixelNormalization);
        Assert.Equal(adopted, RecipeReader.Read(RecipeWriter.ToYaml(adopted), "written"));
    }

    [Theory]
    [InlineData("model.vision.gelu=erf", "vision.gelu quick", "model.vision.gelu erf")]
    [InlineData("model.text.gelu=quick", "text.gelu tanh", "model.text.gelu quick")]
    [InlineData("model.vision.norm_epsilon=1e-6", "vision.norm_epsilon 0.0003", "model.vision.norm_epsilon 1e-06")]
    [InlineData("model.text.norm_epsilon=1e-5", "text.norm_epsilon 0.002", "model.text.norm_epsilon 1e-05")]
    [InlineData("model.vision.heads=12", "vision.heads 3", "model.vision.heads 12")]
    [InlineData("model.text.heads=8", "text.heads 5", "model.text.heads 8")]
    [InlineData("model.vision.pixel_normalization=openai", "vision.pixel_normalization imagenet", "model.vision.pixel_normalization openai")]
    [InlineData("model.vision.width=768", "vision.width 48", "model.vision.width 768")]
    [InlineData("model.vision.layers=12", "vision.layers 2", "model.vision.layers 12")]
    [InlineData("model.vision.patch_size=8", "vision.patch_size 4", "model.vision.patch_size 8")]
    [InlineData("model.text.width=80", "text.width 40", "model.text.width 80")]
    public void A_recipe_that_states_another_value_than_the_file_is_refused_with_both(string stated, params string[] both)
    {
        ForeignWeights.SaveOwn(_folder.File("w.safetensors"), ForeignWeights.Config, PixelNormalization.ImageNet);
        RecipeException error = Assert.Throws<RecipeException>(() => FirstWeights.Adopt(RecipeOf("w.safetensors", stated), Letters(600)));
        Assert.All(both, text => Assert.Contains(text, error.Message));
        bool isComputation = !stated.Contains("width") && !stated.Contains("layers") && !stated.Contains("patch");
        Assert.Equal(isComputation, error.Message.Contains("model.allow_other_computation=true", StringComparison.Ordinal));
        if (isComputation)
        {
            FirstWeights.Adopt(RecipeOf("w.safetensors", stated, "model.allow_other_computation=true"), Letters(600));
        }
    }

    [Fact]
    public void Other_frames_pictures_contexts_and_spaces_are_fitted_and_reported()
    {
        ForeignWeights.SaveOwn(_folder.File("w.safetensors"), ForeignWeights.Config);
        Recipe recipe = FirstWeights.Adopt(RecipeOf("w.safetensors", "model.vision.frames=16", "model.vision.image_size=32",
            "model.text.context_length=30", "model.embedding_size=8"), Letters(600));
        PretrainedReport report = Load(recipe, Letters(600), out float[] tokens, "textual.token_embedding.weight");
        Assert.Equal(
        [
            "textual.positional_embedding (9 to 30 rows)", "visual.positional_embedding (17 to 65 rows)",
            "visual.temporal_embedding (3 to 16 rows)",
        ], report.Resized.Order(StringComparer.Ordinal));
        Assert.Equal(["textual.text_projection (file [40, 20], model [40, 8])", "visual.image_projection (file [48, 20], model [48, 8])"],
            report.Fresh.Order(StringComparer.Ordinal));
        Assert.Empty(report.Ignored);
        Assert.Equal(Own("textual.token_embedding.weight"), tokens);
    }

    [Fact]
    public void Four_frames_become_one_by_the_mean_of_their_embeddings()
    {
        ForeignWeights.SaveOwn(_folder.File("w.safetensors"), ForeignWeights.Config);
        Recipe recipe = FirstWeights.Adopt(RecipeOf("w.safetensors", "model.vision.frames=1"), Letters(600));
        PretrainedReport report = Load(recipe, Letters(600), out _, "logit_scale");
        Assert.Equal(["visual.temporal_embedding (3 frames to 1: their mean is added to visual.positional_embedding)"], report.Resized);
    }

    [Theory]
    [InlineData(false, "quick", "model.vision.gelu=quick")]
    [InlineData(false, "erf", "model.vision.gelu=erf", "model.text.gelu=erf")]
    [InlineData(true, "quick")]
    public void OpenAI_s_weights_are_taken_with_the_quick_gelu_and_1e_5_unless_the_recipe_says_otherwise(
        bool areOpenAi, string gelu, params string[] stated)
    {
        ForeignWeights.SaveOpenAi(_folder.File("clip.pt"), ForeignWeights.PublishedConfig, areOpenAi ? ["input_resolution", "context_length"] : null);
        Recipe recipe = FirstWeights.Adopt(RecipeOf("clip.pt", stated), Letters(600));
        VisionOptions vision = DualEncoderOptions.Of(recipe).Vision;
        Assert.Equal((gelu, 1e-5, 64, 1, 1, "openai", 4),
            (vision.Gelu, vision.NormEpsilon, vision.Width, vision.Heads, vision.Layers, vision.PixelNormalization, vision.Frames));
        PretrainedReport report = Load(recipe, Letters(600), out float[] scale, "logit_scale");
        Assert.Equal(["visual.temporal_embedding"], report.Fresh);
        Assert.Equal(areOpenAi ? 0 : gelu == "erf" ? 2 : 0, report.Notes.Count);
        Assert.Empty(report.Ignored);
        Assert.Equal((float)Math.Log(1 / 0.07), scale[0]);
    }

    [Fact]
    public void The_published_recipe_runs_OpenAI_s_own_file_with_the_exact_gelu_only_when_it_says_so()
    {
        ForeignWeights.SaveOpenAi(_folder.File("clip.pt"), ForeignWeights.PublishedConfig, ["input_resolution"]);
        string[] published = ["model.vision.gelu=erf", "model.vision.norm_epsilon=1e-6", "model.vision.pixel_normalization=lavila-legacy"];
        RecipeException error = Assert.Throws<RecipeException>(() => FirstWeights.Adopt(RecipeOf("clip.pt", published), Letters(600)));
        Assert.Contains("vision.gelu quick (all weights of its family have it), the recipe model.vision.gelu erf", error.Message);
        Recipe recipe = FirstWeights.Adopt(RecipeOf("clip.pt",
            [.. published, "model.allow_other_computation=true", "model.initialize_except=['*_projection', logit_scale]"]), Letters(600));
        PretrainedReport report = Load(recipe, Letters(600), out _, "logit_scale");
        Assert.Equal(["logit_scale", "textual.text_projection", "visual.image_projection", "visual.temporal_embedding"],
            report.Fresh.Order(StringComparer.Ordinal));
        Assert.Equal(3, report.Notes.Count);
        Assert.Equal(256, DualEncoderOptions.Of(recipe).EmbeddingSize);
    }

    [Fact]
    public void Heads_that_nothing_tells_are_asked_for()
    {
        DualEncoderConfig odd = ForeignWeights.Config with { Vision = ForeignWeights.Config.Vision with { FrameCount = 1 } };
        ForeignWeights.SaveOpenAi(_folder.File("odd.pt"), odd);
        RecipeException error = Assert.Throws<RecipeException>(() => FirstWeights.Adopt(RecipeOf("odd.pt"), Letters(600)));
        Assert.Contains("does not say model.vision.heads", error.Message);
        Assert.Contains("give model.text.heads", error.Message);
        VisionOptions vision = DualEncoderOptions.Of(FirstWeights.Adopt(
            RecipeOf("odd.pt", "model.vision.heads=3", "model.text.heads=5"), Letters(600))).Vision;
        Assert.Equal((48, 3), (vision.Width, vision.Heads));
    }

    [Theory]
    [InlineData("ln_final.weight", "auto", "it lacks 1 of the model's tensors: textual.ln_final.weight")]
    [InlineData("ln_final.weight", "false", "it lacks 1 of the model's tensors: textual.ln_final.weight")]
    [InlineData("ln_final.weight", "true", null)]
    [InlineData("visual.proj", "auto", null)]
    [InlineData("visual.proj", "false", "it lacks 1 of the model's tensors: visual.image_projection")]
    public void Missing_names_are_refused_or_begin_at_random_as_the_recipe_says(string without, string partial, string? sentence)
    {
        ForeignWeights.SaveOpenAi(_folder.File("clip.pt"), ForeignWeights.PublishedConfig, leavesOut: name => name == without);
        Recipe recipe = FirstWeights.Adopt(RecipeOf("clip.pt", $"model.initialize_partial={partial}", "model.embedding_size=20"), Letters(600));
        if (sentence is null)
        {
            Assert.Equal(2, Load(recipe, Letters(600), out _, "logit_scale").Fresh.Count);
        }
        else
        {
            CheckpointException error = Assert.Throws<CheckpointException>(() => Load(recipe, Letters(600), out _, "logit_scale"));
            Assert.Contains(sentence, error.Message);
            Assert.Contains("model.initialize_partial=true", error.Message);
        }
    }

    [Fact]
    public void A_path_that_is_not_there_is_named_with_its_key()
    {
        RecipeException error = Assert.Throws<RecipeException>(() => FirstWeights.Adopt(RecipeOf("absent.pt")));
        Assert.Contains("model.initialize_from: There is no file or folder", error.Message);
        Directory.CreateDirectory(_folder.File("empty"));
        Assert.Contains("is neither a checkpoint nor a run",
            Assert.Throws<RecipeException>(() => FirstWeights.Adopt(RecipeOf("empty"))).Message);
    }

    [Fact]
    public void A_tower_that_is_left_out_may_be_of_another_size()
    {
        ForeignWeights.SaveOwn(_folder.File("w.safetensors"), ForeignWeights.Config);
        Recipe recipe = FirstWeights.Adopt(RecipeOf("w.safetensors", "model.initialize_except=[textual.*]", "model.text.width=64",
            "model.text.heads=2", "model.text.layers=3"), Letters(500));
        Assert.Equal((64, 3), (DualEncoderOptions.Of(recipe).Text.Width, DualEncoderOptions.Of(recipe).Text.Layers));
        PretrainedReport report = Load(recipe, Letters(500), out float[] patches, "visual.conv1.weight");
        Assert.All(report.Fresh, name => Assert.StartsWith("textual.", name));
        Assert.Equal(Own("visual.conv1.weight"), patches);
    }

    private Recipe RecipeOf(string file, params string[] overrides) => RecipeReader.Read(
        $"name: start\nmodel: {{initialize_from: '{_folder.File(file)}'}}\n", "test", overrides);

    private static TrainingData Letters(int tokens) => SyntheticClips.Data(train: 8) with { Encoder = new Encoder(tokens) };

    /// <summary>Makes the task as a training does; gives one of its parameters.</summary>
    private static PretrainedReport Load(Recipe recipe, TrainingData data, out float[] values, string name)
    {
        using CpuDevice device = new(1);
        using TrainingTask task = TrainingTasks.Of(recipe).Create(new TaskSetup(recipe, device, data, TaskPurpose.Training));
        values = ForeignWeights.Values(task.Model, name);
        return task.FirstWeights!;
    }

    private static float[] Own(string name)
    {
        using CpuDevice device = new(1);
        using DualEncoder model = DualEncoder.Create(ForeignWeights.Config, device, seed: 11);
        return ForeignWeights.Values(model, name);
    }

    private sealed class Encoder(int tokens) : ICaptionEncoder
    {
        public int VocabularySize => tokens;

        public int Encode(ReadOnlySpan<byte> utf8, Span<int> ids) => throw new NotSupportedException();
    }
}
