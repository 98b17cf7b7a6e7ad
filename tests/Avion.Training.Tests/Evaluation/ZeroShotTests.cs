namespace Avion.Training.Tests;

/// <summary>Classification by names alone, against brute force.</summary>
public sealed class ZeroShotTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Scores_are_cosines_with_the_normalized_mean_of_the_templates()
    {
        TrainingData clips = SyntheticClips.Data(train: 48, validation: 40);
        using CpuDevice device = new(2);
        Recipe recipe = DualEncoderRunTests.TinyRecipe(_folder.File("run"));
        using ContrastiveTask task = ContrastiveTask.Create(new TaskSetup(recipe, device, clips, TaskPurpose.Training));
        ClipFeed feed = new(recipe, clips, task.Clips);
        string[] names = [.. Enumerable.Range(0, SyntheticClips.Levels).Select(level => new string((char)('a' + level), 2))];
        ZeroShotClasses classes = new(new ClassList("label", names), ["{}", "q{}"]);
        EvaluationOutputs outputs = new();
        ZeroShotEvaluator evaluator = new(task.Model, clips.Encoder!, classes, feed.OpenValidation, 40) { Outputs = outputs };
        EvaluationResult result = new([.. evaluator.Run(new RecordingObserver(), TestContext.Current.CancellationToken)]);

        float[] videos = outputs.Find("video")!.Values;
        int[] labels = [.. Enumerable.Range(0, 40).Select(clip => SyntheticClips.LevelOf(clip))];
        double[][] vectors = [.. names.Select(name => Mean(Text(name), Text("q" + name)))];
        int[] found =
        [
            .. Enumerable.Range(0, 40).Select(clip => Enumerable.Range(0, names.Length)
                .MaxBy(k => Enumerable.Range(0, 16).Sum(e => videos[(clip * 16) + e] * vectors[k][e]))),
        ];
        Assert.Equal(labels.Zip(found).Average(pair => pair.First == pair.Second ? 1.0 : 0), result["zero_shot_top1"], 1e-12);
        Assert.Equal((1.0 / 8, 5.0 / 8, 40.0, 8.0), (result["zero_shot_top1_chance"], result["zero_shot_top5_chance"],
            result["zero_shot_clips"], result["zero_shot_classes"]));
        Assert.Equal(labels, outputs.Find("label")!.Truth);

        // What classifies without a run and without labels finds the same.
        Checkpoint.Save(_folder.File("model.safetensors"), task.Model);
        using FeatureExtractor extractor = FeatureExtractor.Open(_folder.File("model.safetensors"), device);
        ClipClassifier classifier = ClipClassifier.ByNames(extractor, classes, clips.Encoder!, TestContext.Current.CancellationToken);
        LikelyClass[] likeliest = [.. Enumerable.Range(0, 40).Select(clip => classifier.Likeliest(0, videos.AsSpan(clip * 16, 16), 1)[0])];
        Assert.Equal(result["zero_shot_top1"], labels.Zip(likeliest).Average(pair => pair.First == pair.Second.Number ? 1.0 : 0), 1e-12);
        Assert.Equal(found, likeliest.Select(likely => likely.Number));

        double[] Text(string text)
        {
            int[] tokens = new int[8];
            int count = clips.Encoder!.Encode(Encoding.UTF8.GetBytes(text), tokens);
            return [.. CaptionFeatures.Encode(task.Model, [tokens[..count]], 1, TestContext.Current.CancellationToken).Select(x => (double)x)];
        }

        static double[] Mean(double[] a, double[] b)
        {
            double[] mean = [.. a.Zip(b, (x, y) => x + y)];
            double length = Math.Sqrt(mean.Sum(x => x * x));
            return [.. mean.Select(x => x / length)];
        }
    }

    [Fact]
    public void Templates_come_from_the_recipe_or_from_a_file_and_need_a_place_for_the_name()
    {
        File.WriteAllText(_folder.File("classes.txt"), "riding_a_bike\ncooking\n");
        File.WriteAllText(_folder.File("templates.txt"), "a video of {}.\n\na person {}.\n");
        ZeroShotClasses classes = ZeroShotClasses.Read(_folder.File("classes.txt"), [_folder.File("templates.txt")]);
        Assert.Equal(["a video of riding a bike.", "a person riding a bike."], classes.TextsOf(0));
        Assert.Equal(["just cooking"], ZeroShotClasses.Read(_folder.File("classes.txt"), ["just {}"]).TextsOf(1));
        DataException error = Assert.Throws<DataException>(() => ZeroShotClasses.Read(_folder.File("classes.txt"), ["a {}", "b"]));
        Assert.Contains("got 'b', expected texts such as 'a video of {}.'", error.Message);
    }
}
