namespace Avion.Training.Tests;

/// <summary>Captions are read with the vocabulary that the weights know, or not at all.</summary>
public sealed class StartVocabularyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public StartVocabularyTests()
    {
        File.WriteAllText(_folder.File("train.csv"), "video,start,end,caption\na.mp4,0,1,the cat sat on the mat\na.mp4,1,2,the dog sat there\n");
        File.WriteAllBytes(_folder.File("a.mp4"), [0]);
        Directory.CreateDirectory(_folder.File("step"));
        BytePairVocabulary.Save(_folder.File("step", "vocabulary.txt"), [("t", "h"), ("th", "e</w>"), ("a", "t</w>")]);
        BytePairVocabulary.Save(_folder.File("other.txt"), [("t", "h"), ("th", "e</w>"), ("o", "g</w>")]);
        BytePairVocabulary.Save(_folder.File("longer.txt"), [("t", "h"), ("th", "e</w>"), ("a", "t</w>"), ("o", "g</w>")]);
        DualEncoderConfig config = ForeignWeights.Config with { Text = ForeignWeights.Config.Text with { VocabularySize = 517 } };
        ForeignWeights.SaveOwn(_folder.File("step", "model.safetensors"), config);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_vocabulary_beside_first_weights_is_taken_over()
    {
        Recipe adopted = FirstWeights.Adopt(RecipeOf("step"));
        Assert.Equal((_folder.File("step", "vocabulary.txt"), 517),
            (DualEncoderOptions.Of(adopted).Vocabulary, DualEncoderOptions.Of(adopted).Text.VocabularySize));
    }

    [Theory]
    [InlineData("other.txt", "one of 517 tokens, digest")]
    [InlineData("longer.txt", "one of 518 tokens")]
    public void Another_vocabulary_is_refused_naming_both_and_taken_when_asked_for(string file, string named)
    {
        string stated = $"data.vocabulary={_folder.File(file)}";
        RecipeException error = Assert.Throws<RecipeException>(() => FirstWeights.Adopt(RecipeOf("step", stated)));
        Assert.Contains(named, error.Message);
        Assert.Contains(_folder.File(file), error.Message);
        Assert.Contains(_folder.File("step", "vocabulary.txt"), error.Message);
        Assert.Contains("model.allow_other_vocabulary=true", error.Message);

        Recipe recipe = FirstWeights.Adopt(RecipeOf("step", stated, "model.allow_other_vocabulary=true"));
        TrainingPreview preview = TrainingPreview.Of(recipe);
        Assert.Empty(preview.Problems);
        Assert.Equal(["textual.token_embedding.weight"], preview.Summary!.FirstWeights!.Fresh);
    }

    [Fact]
    public void Weights_that_carry_no_vocabulary_are_refused_where_one_would_be_trained_on_the_captions()
    {
        File.Move(_folder.File("step", "model.safetensors"), _folder.File("alone.safetensors"));
        RecipeException error = Assert.Throws<RecipeException>(() => FirstWeights.Adopt(RecipeOf("alone.safetensors")));
        Assert.Contains("(one of 517 tokens) than the captions are read with (a new one, trained on them)", error.Message);

        // Of as many tokens as the weights know, and nothing tells that they are others.
        FirstWeights.Adopt(RecipeOf("alone.safetensors", $"data.vocabulary={_folder.File("other.txt")}"));
    }

    [Fact]
    public void A_converted_file_carries_its_vocabulary_and_other_weights_say_that_they_have_none()
    {
        string weights = _folder.File("step", "model.safetensors");
        WeightConversion.ToAvion(weights, _folder.File("m.safetensors"), new ConversionOptions { Vocabulary = VocabularyFiles.Beside(weights) });
        WeightConversion.ToTorch(weights, _folder.File("m.pt"), WeightFamily.OpenAi, new ConversionOptions { Vocabulary = VocabularyFiles.Beside(weights) });
        foreach (string file in new[] { "m.safetensors", "m.pt" })
        {
            Recipe adopted = FirstWeights.Adopt(RecipeOf(file));
            Assert.Equal(_folder.File(file), DualEncoderOptions.Of(adopted).Vocabulary);
            Assert.Equal([("t", "h"), ("th", "e</w>"), ("a", "t</w>")], VocabularyFiles.ReadMerges(_folder.File(file)));
            Assert.Empty(TrainingPreview.Of(adopted).Problems);
        }

        File.Copy(weights, _folder.File("bare.safetensors"));
        Assert.Contains("carry no vocabulary",
            Assert.Throws<DataException>(() => VocabularyFiles.ReadMerges(_folder.File("bare.safetensors"))).Message);
    }

    [Fact]
    public void An_evaluation_reads_captions_with_the_vocabulary_that_the_weights_carry_or_that_is_named()
    {
        string weights = _folder.File("step", "model.safetensors");
        WeightConversion.ToAvion(weights, _folder.File("m.safetensors"), new ConversionOptions { Vocabulary = VocabularyFiles.Beside(weights) });
        WeightConversion.ToTorch(weights, _folder.File("m.pt"), WeightFamily.OpenAi, new ConversionOptions { Vocabulary = VocabularyFiles.Beside(weights) });
        File.Copy(weights, _folder.File("bare.safetensors"));
        VocabularyIdentity own = VocabularyIdentity.Of([("t", "h"), ("th", "e</w>"), ("a", "t</w>")]);
        foreach (string file in new[] { "m.safetensors", "m.pt" })
        {
            Assert.Equal(own, VocabularyOf(file));
            Assert.Equal(own, VocabularyOf("bare.safetensors", $"data.vocabulary={_folder.File(file)}"));
        }

        Assert.Equal(own, VocabularyOf("bare.safetensors", $"data.vocabulary={_folder.File("step")}"));
        Assert.Equal(VocabularyIdentity.Of([("t", "h"), ("th", "e</w>"), ("o", "g</w>")]),
            VocabularyOf("m.safetensors", $"data.vocabulary={_folder.File("other.txt")}"));
        Assert.Contains("gone.txt", Assert.Throws<DataException>(() => VocabularyOf("bare.safetensors")).Message);
    }

    [Fact]
    public void A_run_s_checkpoints_say_which_vocabulary_they_were_trained_with()
    {
        Assert.Equal(VocabularyIdentity.Of([("t", "h"), ("th", "e</w>"), ("a", "t</w>")]),
            VocabularyIdentity.TryParse(VocabularyIdentity.Of(BytePairVocabulary.ReadMerges(_folder.File("step", "vocabulary.txt"))).ToString()));
        Assert.Null(VocabularyIdentity.TryParse("sentencepiece-32000"));
        Assert.Null(VocabularyIdentity.TryParse(null));
    }

    /// <summary>What captions are evaluated with, under a recipe whose own vocabulary is not there.</summary>
    private VocabularyIdentity? VocabularyOf(string file, params string[] overrides)
    {
        File.WriteAllText(_folder.File("recipe.yaml"), $"name: evaluation\ndata: {{vocabulary: '{_folder.File("gone.txt")}', validation: "
            + $"{{videos: '{_folder.FullName}', annotations: '{_folder.File("train.csv")}', chunk_seconds: 0}}}}\n");
        EvaluatedWeights opened = EvaluatedWeights.Open(
            _folder.File(file), new EvaluationOptions { RecipePath = _folder.File("recipe.yaml"), Overrides = overrides });
        return CaptionedData.Open(opened.Recipe, opened.Folder, TaskPurpose.Evaluation).Vocabulary;
    }

    private Recipe RecipeOf(string file, params string[] overrides) => RecipeReader.Read(
        $"name: start\nmodel: {{initialize_from: '{_folder.File(file)}'}}\ntrain: {{batch_size: 2}}\n"
        + $"data: {{train: {{videos: '{_folder.FullName}', annotations: '{_folder.File("train.csv")}', chunk_seconds: 0}}}}\n", "test", overrides);
}
