namespace Avion.App.Tests;

/// <summary>From videos that people have filmed to a hit: prepared, extracted and searched by the program, with what is known of the videos and a
/// brute-force ranking as the truth.</summary>
public sealed class NaturalSearchTests : IDisposable
{
    private static readonly string[] s_videos = [NaturalVideos.Bird, "usr/share/doc/node-opencv/examples/files/motion.mov", "usr/share/pymecavideo/data/video/balle-jbart.mp4"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_moment_of_a_video_is_found_again_in_its_prepared_chunks()
    {
        Assert.SkipUnless(NaturalVideos.AreThere, NaturalVideos.Missing);
        Directory.CreateDirectory(_folder.File("videos"));
        foreach (string video in s_videos)
        {
            File.Copy(NaturalVideos.PathOf(video), _folder.File("videos", Path.GetFileName(video)));
        }

        Save();
        string chunks = _folder.File("chunks"), bird = NaturalVideos.PathOf(NaturalVideos.Bird);
        await RunAsync("data", "prepare", _folder.File("videos"), chunks);
        string[] example = ["--video", bird, "--from", "4", "--to", "6"], rule = ["--window", "2s", "--every", "1s"];
        JsonElement found = await RunAsync(["search", Weights, chunks, .. example, .. rule, "--top", "5", "--device", "cpu"]);

        // Where it was cut from is what comes first.
        JsonElement first = found.GetProperty("queries")[0].GetProperty("hits")[0];
        Assert.Contains("cockatoo", first.GetProperty("file").GetString(), StringComparison.Ordinal);
        Assert.Equal((4.0, 6.0), (Math.Round(first.GetProperty("start").GetDouble(), 1), Math.Round(first.GetProperty("end").GetDouble(), 1)));

        await RunAsync(["extract", Weights, chunks, .. rule, "--output", _folder.File("features"), "--device", "cpu"]);
        float[] query = [.. (await RunAsync(["embed", Weights, .. example])).GetProperty("clips")[0].GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle())];
        FeatureSet features = FeatureSet.Read(_folder.File("features"));
        List<(FeatureRow Row, double Score)> expected = [];
        foreach ((FeatureRow row, double score) in features.Rows.Select((row, i) => (row, Dot(query, features.Values(0, i)))).OrderByDescending(hit => hit.Item2))
        {
            if (!expected.Exists(better => better.Row.File == row.File && better.Row.Span.Start < row.Span.End && row.Span.Start < better.Row.Span.End))
            {
                expected.Add((row, score));
            }
        }

        JsonElement[] hits = [.. found.GetProperty("queries")[0].GetProperty("hits").EnumerateArray()];
        Assert.Equal(expected.Take(5).Select(hit => (hit.Row.File, hit.Row.Span.Start)), hits.Select(hit => (hit.GetProperty("file").GetString()!, hit.GetProperty("start").GetDouble())));
        Assert.All(hits.Zip(expected), pair => Assert.Equal(pair.Second.Score, pair.First.GetProperty("score").GetDouble(), 1e-5));
    }

    private string Weights => _folder.File("model.safetensors");

    private static double Dot(float[] query, ReadOnlySpan<float> row)
    {
        double sum = 0;
        for (int i = 0; i < query.Length; i++)
        {
            sum += (double)query[i] * row[i];
        }

        return sum;
    }

    private static async Task<JsonElement> RunAsync(params string[] arguments)
    {
        ProcessResult result = await AvionProgram.RunAsync([.. arguments, "--json"]);
        Assert.True(result.ExitCode == 0, $"{result.ExitCode}: {result.Error}\n{result.Output}");
        return JsonDocument.Parse(result.Output).RootElement;
    }

    private void Save()
    {
        using CpuDevice device = new(1);
        using DualEncoder model = DualEncoder.Create(new DualEncoderConfig
        {
            EmbeddingSize = 32,
            Vision = new VisionConfig
            {
                ImageSize = 32, PatchSize = 8, FrameCount = 4, Width = 32, LayerCount = 1, HeadCount = 2, Initialization = VisionInitialization.Scaled,
            },
            Text = new TextConfig { ContextLength = 8, VocabularySize = 600, Width = 32, LayerCount = 1, HeadCount = 2 },
        }, device, seed: 1);
        Checkpoint.Save(Weights, model);
    }
}
