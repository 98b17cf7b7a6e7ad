namespace Avion.Training.Tests;

public sealed class RecipeTests
{
    private static readonly RecipeSchema s_schema = RecipeSchema.Of(new Recipe());

    public static TheoryData<string> KeyPaths => [.. s_schema.All.Where(HasSeveralValues).Select(key => key.Path)];

    public static TheoryData<string> RecipeFiles =>
        [.. Directory.GetFiles(Repository.Path("recipes"), "*.yaml").Select(path => Path.GetFileName(path))];

    [Fact]
    public void Values_arrive_in_their_typed_places()
    {
        Recipe recipe = RecipeReader.Read("""
            name: small
            model:
              embedding_size: 24
              vision: {width: 48, heads: 3}
            data:
              train:
                annotations: [a.csv, "b, c.jsonl"]
              validation: {annotations: one.csv}
            optimizer: {learning_rate: 3e-5}
            train: {seed: 9223372036854775807, freeze_logit_scale: true}
            """, "test");
        DualEncoderOptions options = DualEncoderOptions.Of(recipe);
        Assert.Equal("small", recipe.Name);
        Assert.Equal((24, 48, 3), (options.EmbeddingSize, options.Vision.Width, options.Vision.Heads));
        Assert.Equal(["a.csv", "b, c.jsonl"], recipe.Data.Train.Annotations);
        Assert.Equal(["one.csv"], recipe.Data.Validation.Annotations);
        Assert.Equal(3e-5, recipe.Optimizer.LearningRate);
        Assert.Equal(((ulong)long.MaxValue, true), (recipe.Train.Seed, options.FreezesLogitScale));
        Assert.Equal(new Recipe().Checkpoint, recipe.Checkpoint);
    }

    [Theory]
    [MemberData(nameof(KeyPaths))]
    public void Each_key_reads_and_writes_its_own_value_alone(string path)
    {
        RecipeKey key = s_schema.Find(path)!;
        Recipe start = new();
        Recipe changed = RecipeReader.Override(Neutral(), [$"{path}={OtherValue(key, Neutral())}"]);
        Assert.NotEqual(Neutral(), changed);
        Assert.Equal([path], s_schema.All.Where(other => other.ValueIn(other.Path == path ? changed : Neutral()) != other.ValueIn(
            other.Path == path ? Neutral() : changed)).Select(other => other.Path));
        Assert.Equal(changed, RecipeReader.Read(RecipeWriter.ToYaml(changed), "written"));
        Assert.Equal(key.AffectsResult, RecipeWriter.Hash(changed) != RecipeWriter.Hash(Neutral()));
        Assert.Equal(key.MayChangeOnResume ? 0 : 1, RecipeWriter.Differences(Neutral(), changed).Count);
        Assert.Equal(s_schema.DefaultOf(key), key.ValueIn(start));
        Assert.NotEmpty(key.Meaning);
    }

    [Theory]
    [MemberData(nameof(RecipeFiles))]
    public void Published_recipe_reads_and_survives_a_round_trip(string file)
    {
        string path = Repository.Path("recipes", file);
        Recipe recipe = RecipeReader.ReadFile(path);
        Assert.Equal(Path.GetFileNameWithoutExtension(file), recipe.Name);
        Assert.Equal(recipe, RecipeReader.Read(RecipeWriter.ToYaml(recipe), "written"));
        string opening = string.Concat(File.ReadLines(path).TakeWhile(line => line.StartsWith('#')));
        Assert.All(["Paper", "Data", "Hardware", "Hours", "Expected", "Command"], word => Assert.Contains($"# {word} ", opening));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData("a: b # c, [d] {e}")]
    [InlineData("\"quoted\" 'twice' \\ back")]
    [InlineData("line\nbreak\ttab\r\0\u0085\u2028\uFEFF")]
    [InlineData("é 漢 😀 ")]
    [InlineData("true")]
    [InlineData("~")]
    [InlineData("1e5")]
    public void Any_text_survives_a_round_trip(string text)
    {
        Recipe recipe = new() { Name = text, Data = new DataRecipe { Train = new DataSourceRecipe { Annotations = [text, text + "2"] } } };
        Assert.Equal(recipe, RecipeReader.Read(RecipeWriter.ToYaml(recipe), "written"));
    }

    [Fact]
    public void Any_number_survives_a_round_trip()
    {
        foreach (double value in new[] { 0.1, 1.0 / 3, double.Epsilon, double.MaxValue, 3e-5, 0 })
        {
            Recipe recipe = new() { Optimizer = new OptimizerRecipe { LearningRate = value } };
            Assert.Equal(value, RecipeReader.Read(RecipeWriter.ToYaml(recipe), "written").Optimizer.LearningRate);
        }
    }

    [Fact]
    public void Overrides_win_over_the_file_and_later_ones_over_earlier_ones()
    {
        Recipe recipe = RecipeReader.Read("train: {batch_size: 8}", "test",
            ["train.batch_size=9", "train.batch_size=10", "data.train.videos=/a path/with=equals", "data.train.annotations=[x.csv, y.csv]"]);
        Assert.Equal(10, recipe.Train.BatchSize);
        Assert.Equal("/a path/with=equals", recipe.Data.Train.Videos);
        Assert.Equal(["x.csv", "y.csv"], recipe.Data.Train.Annotations);
    }

    [Fact]
    public void A_task_cuts_clips_in_its_own_way_unless_the_recipe_says_otherwise()
    {
        DataRecipe contrastive = RecipeReader.Read("task: contrastive", "test").Data;
        DataRecipe masked = RecipeReader.Read("task: masked-video", "test").Data;
        DataRecipe changed = RecipeReader.Read("{task: masked-video, data: {crop: whole, train: {chunk_seconds: 15}}}", "test").Data;
        Assert.Equal(("segment", "random_resized", 0.0, 15), Cut(contrastive));
        Assert.Equal(("strided", "multi_scale", 0.5, 0), Cut(masked));
        Assert.Equal(("strided", "whole", 0.5, 15), Cut(changed));

        static (string, string, double, int) Cut(DataRecipe data) =>
            (data.FrameSampling, data.Crop, data.FlipProbability, data.Train.ChunkSeconds);
    }

    [Theory]
    [InlineData("data.repeats=3", "16 clips, expected a multiple of data.repeats 3")]
    [InlineData("data.crop_aspect_minimum=2", "data.crop_aspect_minimum is 2, expected at most data.crop_aspect_maximum")]
    [InlineData("data.frame_sampling=random", "expected one of segment, strided, window")]
    public void A_way_to_cut_clips_that_cannot_be_is_refused(string change, string message) =>
        Assert.Contains(message, Assert.Throws<RecipeException>(() => RecipeReader.Read("name: x", "test", [change])).Message);

    [Fact]
    public void Named_sources_take_from_the_training_set_what_they_do_not_state_and_survive_a_round_trip()
    {
        Recipe recipe = RecipeReader.Read("""
            data:
              train:
                sources:
                  zebra: {annotations: z.csv, share: 3}
                  apple: {annotations: [a.pkl, b.pkl], videos: apples, frames_per_second: 30, share: 1}
                videos: all
                chunk_seconds: 10
            """, "test", ["data.train.sources.zebra.share=2", "data.train.sources.third.annotations=t.csv", "data.train.sources.third.share=0.5"]);
        Assert.Equal(["apple", "third", "zebra"], recipe.Data.Sources.Select(source => source.Name));
        Assert.Equal(["apples", "all", "all"], recipe.Data.Sources.Select(source => source.Clips.Videos));
        Assert.Equal([10, 10, 10], recipe.Data.Sources.Select(source => source.Clips.ChunkSeconds));
        Assert.Equal([1, 0.5, 2], recipe.Data.Sources.Select(source => source.Share));
        Assert.Equal(["a.pkl", "b.pkl"], recipe.Data.Sources[0].Clips.Annotations);
        Assert.Equal(recipe, RecipeReader.Read(RecipeWriter.ToYaml(recipe), "written"));
        Recipe changed = RecipeReader.Override(recipe, ["data.train.sources.apple.passes=1", "data.train.sources.apple.videos=pears",
            "data.train.sources.apple.frames_per_second=25"]);
        Assert.NotEqual(RecipeWriter.Hash(recipe), RecipeWriter.Hash(changed));
        Assert.Equal(["data.train.sources.apple.frames_per_second: was 30, now 25"], RecipeWriter.Differences(recipe, changed));
        Assert.Contains("was apple, third, zebra, now ", Assert.Single(RecipeWriter.Differences(recipe, new Recipe())));
    }

    [Theory]
    [InlineData("{data: {train: {annotations: a.csv, sources: {x: {annotations: b.csv}}}}}", "both name annotations")]
    [InlineData("{data: {train: {sources: {x: {share: 1}, y: {passes: 1}}}}}", "sources.y.share is 0")]
    [InlineData("{data: {train: {sources: {x: {share: 1, passes: 2}}}}}", "sources.x.passes is 2")]
    [InlineData("{data: {train: {sources: {x: {wide: 1}}}}}", "unknown key 'data.train.sources.x.wide'")]
    [InlineData("{data: {train: {sources: {x y: {share: 1}}}}}", "unknown section 'data.train.sources.x y'")]
    [InlineData("{data: {train: {sources: [a, b]}}}", "'data.train.sources' is a section")]
    [InlineData("{data: {train: {sources: {x: a.csv}}}}", "'data.train.sources.x' is a section")]
    public void Sources_that_cannot_be_are_refused(string yaml, string message) =>
        Assert.Contains(message, Assert.Throws<RecipeException>(() => RecipeReader.Read(yaml, "test")).Message);

    /// <summary>AVION_UPDATE_DOCS=1 writes the page instead.</summary>
    [Fact]
    public void The_documentation_lists_exactly_the_keys_of_the_table()
    {
        string path = Repository.Path("docs", "recipe-keys.md"), page = File.ReadAllText(path);
        int tables = page.IndexOf("| key |", StringComparison.Ordinal);
        string expected = page[..Math.Max(tables, 0)] + RecipeSchema.ToMarkdown();
        if (Environment.GetEnvironmentVariable("AVION_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, expected);
            return;
        }

        Assert.True(page == expected, "docs/recipe-keys.md is out of date: run this test with AVION_UPDATE_DOCS=1.");
    }

    /// <summary>The task decides which keys there are, so a recipe cannot take another.</summary>
    private static bool HasSeveralValues(RecipeKey key) => key.Path != "task";

    /// <summary>A recipe in which each key alone can take another value without contradicting the others.</summary>
    private static Recipe Neutral() => RecipeReader.Read(
        "model: {vision: {heads: 1, patch_size: 1}, text: {heads: 1}}\nschedule: {warmup_epochs: 0}\n"
        + "train: {average_decay: 0.5}\ndata: {validation: {relevancy: some, sentences: some}}", "neutral");

    private static string OtherValue(RecipeKey key, Recipe recipe)
    {
        string now = key.ValueIn(recipe);
        string[] candidates =
            ["true", "false", "2", "4", "0.75", "600", "constant", "imagenet", "scaled", "map_t2v", "lion", "cpu:2", "bf16", "off", "strided", "whole", "sigmoid", "average", "0.5", "tanh", "-1",
                "text", "24GiB"];
        return candidates.FirstOrDefault(candidate =>
            {
                try
                {
                    return key.ValueIn(RecipeReader.Override(recipe, [$"{key.Path}={candidate}"])) != now;
                }
                catch (RecipeException)
                {
                    return false;
                }
            })
            ?? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"No other value for {key.Path} is known here."));
    }
}
