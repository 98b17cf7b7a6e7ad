namespace Avion.Training.Tests;

public sealed class RecipeErrorTests
{
    [Theory]
    [InlineData("train:\n  batch_sise: 8", "line 2: unknown key 'train.batch_sise'. The nearest known one is 'train.batch_size'.")]
    [InlineData("\nlearning_rate: 1", "line 2: unknown key 'learning_rate'. The nearest known one is 'optimizer.learning_rate'.")]
    [InlineData("optimiser:\n  learning_rate: 1", "line 1: unknown section 'optimiser'. The nearest known one is 'optimizer'.")]
    [InlineData("model: {vison: {width: 4}}", "line 1: unknown section 'model.vison'. The nearest known one is 'model.vision'.")]
    public void Unknown_names_are_named_with_line_and_nearest_known_name(string yaml, string problem) => AssertProblem(yaml, problem);

    [Theory]
    [InlineData("train: {batch_size: many}", "line 1: 'train.batch_size' is 'many', expected a whole number from 1 to 1048576.")]
    [InlineData("train: {batch_size: 0}", "line 1: 'train.batch_size' is '0', expected a whole number from 1 to 1048576.")]
    [InlineData("train: {batch_size: 1.5}", "line 1: 'train.batch_size' is '1.5', expected a whole number from 1 to 1048576.")]
    [InlineData("train:\n\n  seed: [1, 2]", "line 3: 'train.seed' is [1, 2], expected a whole number from 0 to 18446744073709551615.")]
    [InlineData("train: {seed: 99999999999999999999}",
        "line 1: 'train.seed' is '99999999999999999999', expected a whole number from 0 to 18446744073709551615.")]
    [InlineData("optimizer: {learning_rate: 3e-5x}", "line 1: 'optimizer.learning_rate' is '3e-5x', expected a number, at least 0.")]
    [InlineData("optimizer: {learning_rate: nan}", "line 1: 'optimizer.learning_rate' is 'nan', expected a number, at least 0.")]
    [InlineData("optimizer: {learning_rate: 1e999}", "line 1: 'optimizer.learning_rate' is '1e999', expected a number, at least 0.")]
    [InlineData("optimizer: {learning_rate: -1}", "line 1: 'optimizer.learning_rate' is '-1', expected a number, at least 0.")]
    [InlineData("optimizer: {beta1: 1}", "line 1: 'optimizer.beta1' is '1', expected a number, from 0 to below 1.")]
    [InlineData("train: {freeze_logit_scale: yes}", "line 1: 'train.freeze_logit_scale' is 'yes', expected true or false.")]
    [InlineData("schedule: {kind: linear}", "line 1: 'schedule.kind' is 'linear', expected one of cosine, constant.")]
    [InlineData("train: {epochs: }", "line 1: 'train.epochs' is '', expected a whole number from 1 to 1000000.")]
    [InlineData("train: {epochs: {a: 1}}", "line 1: 'train.epochs' has keys below it, expected a whole number from 1 to 1000000.")]
    [InlineData("train: 5", "line 1: 'train' is a section, expected keys below it, such as 'train.seed'.")]
    public void Wrong_values_are_named_with_key_got_and_expected(string yaml, string problem) => AssertProblem(yaml, problem);

    [Theory]
    [InlineData("model: {vision: {image_size: 225}}", "model.vision.image_size is 225, expected a multiple of model.vision.patch_size 16.")]
    [InlineData("model: {text: {heads: 7}}", "model.text.width is 512, expected a multiple of model.text.heads 7.")]
    [InlineData("data: {crop_scale_maximum: 0.25}", "data.crop_scale_minimum is 0.5, expected at most data.crop_scale_maximum 0.25.")]
    [InlineData("schedule: {warmup_epochs: 7}", "schedule.warmup_epochs is 7, expected at most train.epochs 5. "
        + "Train longer, or leave the warm-up out with --set schedule.warmup_epochs=0.")]
    public void Contradicting_values_name_both_keys(string yaml, string problem) => AssertProblem(yaml, problem);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("# only a comment", "empty")]
    [InlineData("- a\n- b", "line 1: expected 'key: value' lines")]
    [InlineData("plain words", "line 1: expected 'key: value' lines")]
    [InlineData("a: [1", "not valid YAML")]
    [InlineData("train: {epochs: 1, epochs: 2}", "not valid YAML")]
    [InlineData("name: a\n---\nname: b", "several documents")]
    [InlineData("? [a, b]\n: 1", "line 1: unknown key")]
    [InlineData("name: a\n\tb: c", "not valid YAML")]
    [InlineData("train: &t {epochs: *t}", "line 1:")]
    public void Files_that_are_no_recipe_are_refused_in_a_sentence(string yaml, string part)
    {
        RecipeException error = Assert.Throws<RecipeException>(() => RecipeReader.Read(yaml, "file.yaml"));
        Assert.StartsWith("Recipe 'file.yaml'", error.Message);
        Assert.Contains(part, error.Message);
    }

    [Theory]
    [InlineData("name: a\nmodel: {mixing: {mixup: 0.2\ntask: classification\ntrain: {epochs: 1}\n", 2, '{')]
    [InlineData("name: a\nmixing: {mixup: 0.2\ntask: classification\ntrain:\n  epochs: 1\n", 2, '{')]
    [InlineData("name: [x\ntask: classification\n", 1, '[')]
    [InlineData("name: [x\ntask: classification", 1, '[')]
    public void A_bracket_that_is_not_closed_is_told_with_its_line(string yaml, int line, char bracket)
    {
        RecipeException error = Assert.Throws<RecipeException>(() => RecipeReader.Read(yaml, "file.yaml"));
        Assert.StartsWith($"line {line}: not valid YAML: the '{bracket}' that opens here is not closed", Assert.Single(error.Problems));
        Assert.StartsWith("Recipe 'file.yaml'", error.Message);
    }

    [Theory]
    [InlineData("deep")]
    [InlineData("alias")]
    [InlineData("brackets")]
    [InlineData("long")]
    public void A_hostile_file_is_refused_within_seconds(string kind)
    {
        string yaml = kind switch
        {
            "deep" => File.ReadAllText(Repository.Asset("cases", "deep.yaml")),
            "alias" => "a: &a [x]\n" + string.Concat(Enumerable.Range(0, 26).Select(i => $"{(char)('b' + i)}: &{(char)('b' + i)} "
                + $"[*{(char)('a' + i)}, *{(char)('a' + i)}]\n")) + "? *z\n: 1",
            "brackets" => string.Concat(Enumerable.Range(0, 5000).Select(i => $"{new string(' ', i)}a:\n")),
            _ => "name: [" + string.Concat(Enumerable.Repeat("a, ", 1_000_000)) + "]",
        };
        System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
        RecipeException error = Assert.Throws<RecipeException>(() => RecipeReader.Read(yaml, "file.yaml"));
        Assert.Contains(kind switch { "alias" => "alias", "long" => "values", _ => "levels deep" }, error.Message);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"It took {watch.Elapsed}.");
    }

    [Fact]
    public void A_recipe_that_is_no_UTF_8_is_refused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("r.yaml"), [.. "name: caf"u8, 0xE9]);
        Assert.Contains("UTF-8", Assert.Throws<RecipeException>(() => RecipeReader.ReadFile(folder.File("r.yaml"))).Message);
    }

    [Theory]
    [InlineData("train.batch_sise=8", "--set: unknown key 'train.batch_sise'. The nearest known one is 'train.batch_size'.")]
    [InlineData("train=8", "--set: unknown key 'train'.")]
    [InlineData("train.batch_size", "--set: got 'train.batch_size', expected path.to.key=value")]
    [InlineData("=8", "--set: got '=8', expected path.to.key=value")]
    [InlineData("train.batch_size=", "--set: 'train.batch_size' is '', expected a whole number")]
    [InlineData("data.train.annotations=[a", "--set: 'data.train.annotations' is '[a', expected a text or a list of texts")]
    public void Wrong_overrides_are_named(string text, string part)
    {
        RecipeException error = Assert.Throws<RecipeException>(() => RecipeReader.Read("name: a", "file.yaml", [text]));
        Assert.Contains(part, error.Message);
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        RecipeException error = Assert.Throws<RecipeException>(() =>
            RecipeReader.Read("train:\n  epochs: x\n  sed: 1\nfoo: 1", "file.yaml", ["train.batch_size=-1"]));
        Assert.Equal(4, error.Problems.Count);
        Assert.Equal(5, error.Message.Split('\n').Length);
    }

    [Fact]
    public void Edits_are_counted_as_defined()
    {
        Assert.Equal(0, EditDistance.Between("abc", "abc"));
        Assert.Equal(1, EditDistance.Between("abc", "acb"));
        Assert.Equal(3, EditDistance.Between("kitten", "sitting"));
        Assert.Equal(4, EditDistance.Between("", "four"));
    }

    private static void AssertProblem(string yaml, string problem)
    {
        RecipeException error = Assert.Throws<RecipeException>(() => RecipeReader.Read(yaml, "file.yaml"));
        Assert.Equal(problem, error.Problems.Single());
    }
}
