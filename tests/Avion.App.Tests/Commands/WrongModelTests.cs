namespace Avion.App.Tests;

/// <summary>What is no model of clips and texts is refused by every command that takes one, before anything is started.</summary>
public sealed class WrongModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("search", "in", "CLIP")]
    [InlineData("classify", "CLIP", "--labels", "CLIP")]
    [InlineData("extract", "CLIP", "--output", "OUT")]
    [InlineData("embed", "CLIP")]
    public async Task A_video_and_a_model_without_features_are_refused(string command, params string[] arguments)
    {
        File.WriteAllText(Clip, "words, not frames");
        using (CpuDevice device = new(1))
        using (VideoMae model = VideoMae.Create(new VideoMaeConfig
        {
            Tubelets = new TubeletConfig { FrameCount = 4, ImageSize = 8, PatchSize = 4 },
            Encoder = new TransformerSize(12, 1, 3), Decoder = new TransformerSize(8, 1, 2),
        }, device, seed: 1))
        {
            Checkpoint.Save(_folder.File("masked.safetensors"), model);
        }

        foreach ((string path, string expected) in ((string, string)[])[(Clip, "clip.mp4"), (_folder.File("masked.safetensors"), "Expected a dual encoder or a classifier")])
        {
            ProcessResult result = await AvionProgram.RunAsync([command, path, .. arguments.Select(word => word switch
            {
                "CLIP" => Clip, "OUT" => _folder.File("out"), _ => word,
            }), "--device", "cpu"]);
            Assert.Equal((2, ""), (result.ExitCode, result.Output));
            Assert.Contains(expected, result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("bug in Avion", result.Error, StringComparison.Ordinal);
        }
    }

    private string Clip => _folder.File("clip.mp4");
}
