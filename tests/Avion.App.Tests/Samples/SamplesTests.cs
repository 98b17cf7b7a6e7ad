namespace Avion.App.Tests;

/// <summary>The samples are short and do what their first line says.</summary>
public sealed class SamplesTests : IDisposable
{
    private const int LineBudget = 60;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_is_one_short_file()
    {
        string[] samples = Directory.GetFiles(Repository.Path("samples"), "*.cs", SearchOption.AllDirectories);
        Assert.Equal(["DecodeClip", "SearchVideos", "TrainOwnTask"], samples.Select(path => Path.GetFileName(Path.GetDirectoryName(path)!)).Order());
        Assert.All(samples, path => Assert.InRange(File.ReadLines(path).Count(), 1, LineBudget - 1));
    }

    [Fact]
    public async Task DecodeClip_writes_four_frames_as_pictures()
    {
        string video = await MakeVideoAsync("testsrc");
        ProcessResult result = await RunAsync("DecodeClip", video, _folder.File("out"));
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(["frame-00005.ppm", "frame-00015.ppm", "frame-00025.ppm", "frame-00035.ppm"],
            Directory.GetFiles(_folder.File("out")).Select(path => Path.GetFileName(path)).Order());
        byte[] picture = File.ReadAllBytes(_folder.File("out", "frame-00005.ppm"));
        Assert.Equal("P6\n224 224\n255\n", Encoding.ASCII.GetString(picture, 0, 15));
        Assert.Equal(15 + (3 * 224 * 224), picture.Length);
        Assert.True(picture.Skip(15).Distinct().Count() > 20);
    }

    [Fact]
    public async Task TrainOwnTask_learns_its_loss_and_leaves_a_run()
    {
        await MakeVideoAsync("testsrc");
        await MakeVideoAsync("mandelbrot");
        ProcessResult result = await RunAsync("TrainOwnTask", "data.train.videos=" + _folder.File("videos"), "output.folder=" + _folder.File("run"),
            "output.log_every_steps=1", "train.batch_size=2", "train.epochs=60", "optimizer.learning_rate=0.01", "schedule.warmup_epochs=1");
        Assert.True(result.ExitCode == 0, result.Error);
        double[] losses = [.. RunLogReader.Read(_folder.File("run", "log.jsonl")).Effective()
            .Where(entry => entry.Kind == RunLogKind.Step).Select(entry => entry.Values["loss"])];
        Assert.Equal(60, losses.Length);
        Assert.True(losses[^1] < 0.5 * losses[0], $"The loss went from {losses[0]} to {losses[^1]}.");
        Assert.Contains("patch-coding", File.ReadAllText(_folder.File("run", "recipe.yaml")));
    }

    [Fact]
    public async Task SearchVideos_ranks_windows_by_their_cosines()
    {
        string[] videos = [await MakeVideoAsync("testsrc"), await MakeVideoAsync("mandelbrot")];
        SaveModel();
        string[] arguments = [_folder.File("checkpoint"), _folder.File("videos"), _folder.File("vectors.safetensors"), "the door"];
        ProcessResult first = await RunAsync("SearchVideos", arguments);
        Assert.True(first.ExitCode == 0, first.Error);
        using CpuDevice device = new(1);
        using FeatureExtractor extractor = FeatureExtractor.Open(_folder.File("checkpoint"), device);
        using VideoClipSource source = new();
        float[] query = extractor.OfTokens(extractor.Tokenize(extractor.OpenTokenizer(null), "the door"));
        (string Name, double Cosine)[] expected = [.. videos.Select(video => (Path.GetFileName(video),
            extractor.OfPixels(extractor.ReadClip(video, new ClipSpan(0, 4), source, out _))[0].Zip(query, (a, b) => (double)a * b).Sum()))
            .OrderByDescending(hit => hit.Item2)];
        string[] lines = first.Output.Trim().Split('\n');
        Assert.Equal(expected.Length, lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            Assert.StartsWith(expected[i].Cosine.ToString("0.000", CultureInfo.InvariantCulture), lines[i]);
            Assert.EndsWith($"{expected[i].Name}  0.0 to 4.0 s", lines[i]);
        }

        Directory.Delete(_folder.File("videos"), recursive: true);
        ProcessResult again = await RunAsync("SearchVideos", arguments);
        Assert.Equal(first.Output, again.Output);
    }

    private void SaveModel()
    {
        using CpuDevice device = new(1);
        using DualEncoder model = DualEncoder.Create(new DualEncoderConfig
        {
            EmbeddingSize = 6,
            Vision = new VisionConfig
            {
                ImageSize = 16, PatchSize = 8, FrameCount = 2, Width = 32, LayerCount = 1, HeadCount = 2, Initialization = VisionInitialization.Scaled,
            },
            Text = new TextConfig { ContextLength = 32, VocabularySize = 516, Width = 10, LayerCount = 1, HeadCount = 5 },
        }, device, seed: 1);
        Directory.CreateDirectory(_folder.File("checkpoint"));
        Checkpoint.Save(_folder.File("checkpoint"), model);
        File.WriteAllText(_folder.File("checkpoint", "vocabulary.txt"), "#version: 0.2\nt h\nth e</w>\n");
    }

    /// <summary>Four seconds, 40 frames, made by a source of FFmpeg's.</summary>
    private async Task<string> MakeVideoAsync(string name)
    {
        string video = _folder.File("videos", name + ".mp4");
        Directory.CreateDirectory(_folder.File("videos"));
        ProcessResult made = await ChildProcess.RunAsync("ffmpeg",
            ["-v", "error", "-f", "lavfi", "-i", $"{name}=size=96x96:rate=10", "-t", "4", "-pix_fmt", "yuv420p", video]);
        Assert.SkipWhen(made.ExitCode != 0, "needs FFmpeg with an encoder for H.264: " + made.Error);
        return video;
    }

    private static Task<ProcessResult> RunAsync(string sample, params string[] arguments) =>
        ChildProcess.RunAsync("dotnet", [Repository.Path("artifacts", "bin", sample, "release", sample + ".dll"), .. arguments]);
}
