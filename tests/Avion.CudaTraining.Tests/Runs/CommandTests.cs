namespace Avion.CudaTraining.Tests;

/// <summary>The program's own commands on a GPU, from video files to metrics.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Train_eval_and_embed_run_on_a_GPU()
    {
        Assert.SkipUnless(FFmpegLibraries.TryLoad(out string missing), missing);
        using SimulatedTraining gpu = new();
        string recipe = WriteRecipe(), run = _folder.File("run"), trace = _folder.File("trace.json");
        (int code, string output, string error) = await RunAsync("train", recipe, "--device", "cuda", "--json", "--trace", trace, "--trace-steps", "1-2");
        Assert.True(code == 0, error);
        Assert.Contains("Devices: cuda:0, bf16;", error);
        Assert.Contains("VideoTokenEmbedding.Forward", File.ReadAllText(trace));
        using JsonDocument trained = JsonDocument.Parse(output);
        Assert.Equal((2, true), (trained.RootElement.GetProperty("steps").GetInt32(), trained.RootElement.GetProperty("complete").GetBoolean()));

        (code, output, error) = await RunAsync("eval", run, "--json");
        Assert.True(code == 0, error);
        Assert.Contains("Evaluating on cuda:0 (auto: there is a GPU), bf16.", error);
        using JsonDocument evaluated = JsonDocument.Parse(output);
        Assert.Equal(trained.RootElement.GetProperty("map_average").GetDouble(),
            evaluated.RootElement.GetProperty("map_average").GetDouble());

        (code, output, error) = await RunAsync("embed", run, "--text", "a grey square", "--json", "--device", "cuda");
        Assert.True(code == 0, error);
        using JsonDocument embedded = JsonDocument.Parse(output);
        double[] vector = [.. embedded.RootElement.GetProperty("texts")[0].GetProperty("embedding").EnumerateArray().Select(number => number.GetDouble())];
        Assert.Equal(1, vector.Sum(number => number * number), 0.02);
        Assert.True(gpu.IsLeftClean);
    }

    [Fact]
    public async Task Bench_step_times_a_step_of_a_GPU()
    {
        using SimulatedTraining gpu = new();
        (int code, string output, string error) = await RunAsync("bench", "step", WriteRecipe(), "--device", "cuda", "--steps", "1", "--no-peak", "--json");
        Assert.True(code == 0, error);
        using JsonDocument result = JsonDocument.Parse(output);
        Assert.StartsWith("cuda:0 (Simulated GPU", result.RootElement.GetProperty("device").GetString());
        Assert.Equal(result.RootElement.GetProperty("planned_bytes").GetInt64(), result.RootElement.GetProperty("used_bytes").GetInt64());
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        (TextWriter console, TextWriter consoleError) = (Console.Out, Console.Error);
        using StringWriter output = new(), error = new();
        Console.SetOut(output);
        Console.SetError(error);
        try
        {
            int code = await CommandLineHost.RunAsync(CommandList.CreateRoot(), arguments, error, CancellationToken.None);
            return (code, output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetOut(console);
            Console.SetError(consoleError);
        }
    }

    private string WriteRecipe()
    {
        string annotations = _folder.File("clips.csv"), path = _folder.File("recipe.yaml");
        File.WriteAllText(annotations, "video,start,end,caption\n" + string.Concat(Enumerable.Range(0, 4).Select(
            clip => $"gray.mkv,{0.15 * clip:0.00},{(0.15 * clip) + 0.15:0.00},{(clip % 2 == 0 ? "a grey square" : "a grey disc")}\n")));
        string videos = Repository.Asset("video");
        File.WriteAllText(path, $$"""
            name: command
            task: contrastive
            model:
              embedding_size: 16
              vision: {frames: 2, image_size: 8, patch_size: 4, width: 32, layers: 1, heads: 2}
              text: {context_length: 12, vocabulary_size: 600, width: 32, layers: 1, heads: 2}
            data:
              train: {videos: {{videos}}, annotations: {{annotations}}, chunk_seconds: 0}
              validation: {videos: {{videos}}, annotations: {{annotations}}, chunk_seconds: 0}
            train: {epochs: 2, batch_size: 4}
            evaluate: {every_epochs: 0, batch_size: 4}
            output: {folder: {{_folder.File("run")}}}
            """);
        return path;
    }
}
