using System.Globalization;
using System.IO.Compression;
using System.Text.Json;

namespace Avion.Models.Tests;

/// <summary>Folders for open_clip, run by PyTorch from what lies in them alone.</summary>
public sealed class OpenClipExportTests : IDisposable
{
    private const string Script = """
        import os, sys
        sys.path.insert(0, sys.argv[1])
        sys.dont_write_bytecode = True
        import torch
        from avion_model import DualEncoder
        folder, clips, frames, size, rows = sys.argv[1], *map(int, sys.argv[2:6])
        model = DualEncoder(folder)
        pixels = torch.frombuffer(bytearray(open(folder + "/pixels", "rb").read()), dtype=torch.uint8).reshape(clips, frames, 3, size, size)
        tokens = torch.frombuffer(bytearray(open(folder + "/tokens", "rb").read()), dtype=torch.int64).reshape(rows, -1)
        for vectors in model.encode_video(pixels), model.encode_text(tokens):
            print(" ".join(repr(value) for value in vectors.flatten().tolist()))
        os.chdir(folder)
        exec(open("README.md").read().split("```python")[2].split("```")[0])
        """;

    private static readonly int[][] s_captions = [[62, 5, 9, 11, 63], [62, 63], [62, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 63]];

    private static readonly ExportDetails s_details = new() { WeightsText = "a model of a test" };

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(1, GeluKind.Quick, null)]
    [InlineData(4, GeluKind.Erf, null)]
    [InlineData(16, GeluKind.Tanh, 0.2f)]
    public async Task PyTorch_makes_the_same_vectors_of_the_folder(int frames, GeluKind gelu, float? layerScale)
    {
        Assert.SkipUnless(await PyTorch.IsInstalledAsync(), PyTorch.Missing);
        using DualEncoder model = TrainedModel.Shake(DualEncoder.Create(SmallModel.Config with
        {
            Vision = SmallModel.Config.Vision with { FrameCount = frames, Gelu = gelu, LayerScale = layerScale },
            Text = SmallModel.Config.Text with { Gelu = gelu, LayerScale = layerScale },
        }, _device, seed: 3, withGradients: false));
        Checkpoint.Save(_folder.File("m.safetensors"), model);
        OpenClipExport.Write(_folder.File("m.safetensors"), _folder.FullName, s_details with { Example = new ExampleText("a door", [62, 5, 63]) });
        File.Delete(_folder.File("m.safetensors"));
        byte[] pixels = TrainedModel.Pixels(2, frames, 32);
        File.WriteAllBytes(_folder.File("pixels"), pixels);
        File.WriteAllBytes(_folder.File("tokens"), [.. TrainedModel.Padded(s_captions, 12).SelectMany(BitConverter.GetBytes)]);
        ProcessResult result = await PyTorch.RunAsync(Script, _folder.FullName, "2", $"{frames}", "32", $"{s_captions.Length}");
        Assert.True(result.ExitCode == 0, result.Error);
        string[] lines = result.Output.Trim().Split('\n');
        float[][] vectors = [.. lines.Take(2)
            .Select(line => line.Split(' ').Select(value => float.Parse(value, CultureInfo.InvariantCulture)).ToArray())];
        TrainedModel.AssertClose(TrainedModel.OfPixels(model, pixels, 2, frames, 32)[0], vectors[0], 2e-5f);
        TrainedModel.AssertClose(TrainedModel.OfTokens(model, s_captions), vectors[1], 2e-5f);

        // What the example of the folder's README prints: two clips by one text.
        Assert.Equal(["tensor([[", "        ["], lines[2..].Select(line => line[..9]));
    }

    [Fact]
    public void The_weights_have_open_clips_names_and_its_configuration_their_sizes()
    {
        Save(SmallModel.Config with { InitialLogitBias = -10 });
        ExportReport report = OpenClipExport.Write(_folder.File("m.safetensors"), _folder.FullName,
            s_details with { Vocabulary = new ConvertedVocabulary("bpe-64-0", "#version: 0.2\nt h\n") });
        Assert.Equal(["open_clip_model.safetensors", "open_clip_config.json", "temporal_embedding.safetensors", "bpe_vocabulary.txt.gz",
            "avion_model.py", "README.md"], report.Files);
        Assert.Contains("single pictures", Assert.Single(report.Notes));
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(_folder.File("open_clip_config.json")));
        JsonElement model = file.RootElement.GetProperty("model_cfg"), vision = model.GetProperty("vision_cfg"), text = model.GetProperty("text_cfg");
        Assert.Equal((24, 16, 1e-6, -10), (model.GetProperty("embed_dim").GetInt32(), vision.GetProperty("head_width").GetInt32(),
            vision.GetProperty("norm_kwargs").GetProperty("eps").GetDouble(), model.GetProperty("init_logit_bias").GetInt32()));
        Assert.False(text.TryGetProperty("norm_kwargs", out _));
        Assert.Equal(0.48145466f, file.RootElement.GetProperty("preprocess_cfg").GetProperty("mean")[0].GetSingle(), 1e-6f);

        // The names and shapes of open_clip's CLIP class for this configuration.
        string[] expected =
        [
            "logit_bias []", "logit_scale []", "positional_embedding [12, 32]", "text_projection [32, 24]", "token_embedding.weight [64, 32]",
            "ln_final.bias [32]", "ln_final.weight [32]", .. Blocks("transformer.resblocks.", 32),
            "visual.class_embedding [48]", "visual.conv1.weight [48, 3, 8, 8]", "visual.positional_embedding [17, 48]", "visual.proj [48, 24]",
            "visual.ln_pre.bias [48]", "visual.ln_pre.weight [48]", "visual.ln_post.bias [48]", "visual.ln_post.weight [48]",
            .. Blocks("visual.transformer.resblocks.", 48),
        ];
        using TensorArchive archive = TensorArchive.Open(_folder.File("open_clip_model.safetensors"));
        Assert.Equal(expected.Order(StringComparer.Ordinal), archive.Entries.Select(entry => $"{entry.Name} {entry.ShapeText}").Order(StringComparer.Ordinal));
        using StreamReader merges = new(new GZipStream(File.OpenRead(_folder.File("bpe_vocabulary.txt.gz")), CompressionMode.Decompress));
        Assert.Equal("#version: 0.2\nt h\n", merges.ReadToEnd());
    }

    [Fact]
    public void What_open_clip_does_not_have_is_refused()
    {
        AssertRefused(SmallModel.Config with { Vision = SmallModel.Config.Vision with { Pooling = VisionPooling.Mean } }, "model.vision.pooling");
        AssertRefused(SmallModel.Config with { Text = SmallModel.Config.Text with { IsCausal = false } }, "model.text.causal");
        AssertRefused(SmallModel.Config with { Text = SmallModel.Config.Text with { Gelu = GeluKind.Quick } }, "model.text.gelu");
        using VideoClassifier classifier = VideoClassifier.Create(new VideoClassifierConfig
        {
            Vision = SmallModel.Config.Vision, Heads = [new ClassifierHead("fc_cls", 5)],
        }, _device, seed: 4, withGradients: false);
        Checkpoint.Save(_folder.File("m.safetensors"), classifier);
        AssertRefused("a video classifier");
    }

    private void AssertRefused(DualEncoderConfig config, string part)
    {
        Save(config);
        AssertRefused(part);
    }

    private void AssertRefused(string part)
    {
        ExportException error = Assert.Throws<ExportException>(
            () => OpenClipExport.Write(_folder.File("m.safetensors"), _folder.FullName, s_details));
        Assert.Contains(part, error.Message);
        Assert.Contains("--to onnx", error.Message);
        Assert.Single(Directory.GetFiles(_folder.FullName));
    }

    private void Save(DualEncoderConfig config)
    {
        using DualEncoder model = DualEncoder.Create(config, _device, seed: 3, withGradients: false);
        Checkpoint.Save(_folder.File("m.safetensors"), model);
    }

    private static IEnumerable<string> Blocks(string prefix, int width) => Enumerable.Range(0, 2).SelectMany(layer => (string[])
    [
        $"{prefix}{layer}.attn.in_proj_bias [{3 * width}]", $"{prefix}{layer}.attn.in_proj_weight [{3 * width}, {width}]",
        $"{prefix}{layer}.attn.out_proj.bias [{width}]", $"{prefix}{layer}.attn.out_proj.weight [{width}, {width}]",
        $"{prefix}{layer}.ln_1.bias [{width}]", $"{prefix}{layer}.ln_1.weight [{width}]",
        $"{prefix}{layer}.ln_2.bias [{width}]", $"{prefix}{layer}.ln_2.weight [{width}]",
        $"{prefix}{layer}.mlp.c_fc.bias [{4 * width}]", $"{prefix}{layer}.mlp.c_fc.weight [{4 * width}, {width}]",
        $"{prefix}{layer}.mlp.c_proj.bias [{width}]", $"{prefix}{layer}.mlp.c_proj.weight [{width}, {4 * width}]",
    ]);
}
