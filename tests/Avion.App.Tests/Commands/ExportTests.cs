namespace Avion.App.Tests;

/// <summary>`avion export`: what is written for which model. What the files compute is checked beside the exports themselves.</summary>
public sealed class ExportTests : IDisposable
{
    private static readonly VisionConfig s_vision =
        new() { ImageSize = 16, PatchSize = 8, FrameCount = 2, Width = 32, LayerCount = 1, HeadCount = 2 };

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_dual_encoder_goes_out_with_its_vocabulary_and_an_example_of_its_tokens()
    {
        SaveEncoder(VisionPooling.ClassToken);
        JsonElement json = await Json("export", Checkpoint, "--to", "onnx", "--output", Out, "--json");
        Assert.Equal(["video.onnx", "text.onnx", "vocabulary.txt", "model.json", "README.md"],
            json.GetProperty("files").EnumerateObject().Select(file => file.Name));
        Assert.All(json.GetProperty("files").EnumerateObject(),
            file => Assert.Equal(new FileInfo(Path.Combine(Out, file.Name)).Length, file.Value.GetInt64()));
        Assert.Equal("2", json.GetProperty("model").GetProperty("vision.frames").GetString());
        JsonElement example = JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "model.json"))).RootElement.GetProperty("text").GetProperty("example");
        JsonElement embedded = await Json("embed", Checkpoint, "--text", example.GetProperty("text").GetString()!, "--json");
        Assert.Equal(embedded.GetProperty("texts")[0].GetProperty("tokens").EnumerateArray().Select(token => token.GetInt32()),
            example.GetProperty("tokens").EnumerateArray().Select(token => token.GetInt32()));
        Assert.Equal(["t h", "th e</w>"], File.ReadLines(Path.Combine(Out, "vocabulary.txt")).Skip(1));

        await Refused($"'{Out}' holds files", "export", Checkpoint, "--to", "onnx", "--output", Out);
        await Json("export", Checkpoint, "--to", "onnx", "--output", Out, "--force", "--json");
        JsonElement theirs = await Json("export", Checkpoint, "--to", "open_clip", "--output", _folder.File("theirs"), "--json");
        Assert.Contains("open_clip_model.safetensors", theirs.GetProperty("files").EnumerateObject().Select(file => file.Name));
        Assert.Contains("single pictures", Assert.Single(theirs.GetProperty("notes").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task A_classifier_goes_out_with_the_names_of_its_classes()
    {
        using (VideoClassifier model = VideoClassifier.Create(
            new VideoClassifierConfig { Vision = s_vision, Heads = [new ClassifierHead("fc_cls", 2)] }, _device, seed: 1))
        {
            Directory.CreateDirectory(Checkpoint);
            Models.Checkpoint.Save(Checkpoint, model);
        }

        File.WriteAllText(Path.Combine(Checkpoint, "classes.json"), """{"label": ["cut", "pour"]}""");
        ProcessResult result = await AvionProgram.RunAsync("export", Checkpoint, "--to", "onnx", "--output", Out);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("classifier.onnx", result.Output);
        JsonElement facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "model.json"))).RootElement;
        Assert.Equal(["cut", "pour"], facts.GetProperty("classes").EnumerateArray().Select(name => name.GetString()));
        await Refused("a video classifier; open_clip has dual encoders alone", "export", Checkpoint, "--to", "open_clip", "--output", _folder.File("theirs"));
        Assert.False(Directory.Exists(_folder.File("theirs")));
    }

    [Fact]
    public async Task What_cannot_be_exported_is_a_sentence_and_exit_code_2()
    {
        await Refused("There is no file or folder 'absent', expected a run", "export", "absent", "--to", "onnx");
        await Refused("neither a checkpoint nor a run", "export", _folder.FullName, "--to", "onnx", "--output", Out);
        SaveEncoder(VisionPooling.Mean);
        await Refused("model.vision.pooling", "export", Checkpoint, "--to", "open_clip", "--output", Out);
        Assert.False(Directory.Exists(Out));
    }

    private string Checkpoint => _folder.File("checkpoint");

    private string Out => _folder.File("out");

    private void SaveEncoder(VisionPooling pooling)
    {
        using DualEncoder model = DualEncoder.Create(new DualEncoderConfig
        {
            EmbeddingSize = 6, Vision = s_vision with { Pooling = pooling },
            Text = new TextConfig { ContextLength = 32, VocabularySize = 516, Width = 10, LayerCount = 1, HeadCount = 5 },
        }, _device, seed: 1);
        Directory.CreateDirectory(Checkpoint);
        Models.Checkpoint.Save(Checkpoint, model);
        File.WriteAllText(Path.Combine(Checkpoint, "vocabulary.txt"), "#version: 0.2\nt h\nth e</w>\n");
    }

    private static async Task<JsonElement> Json(params string[] arguments)
    {
        ProcessResult result = await AvionProgram.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        return JsonDocument.Parse(result.Output).RootElement;
    }

    private static async Task Refused(string sentence, params string[] arguments)
    {
        ProcessResult result = await AvionProgram.RunAsync(arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(sentence, result.Error);
    }
}
