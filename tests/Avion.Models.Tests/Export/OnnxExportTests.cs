using System.Text.Json;

namespace Avion.Models.Tests;

/// <summary>What ONNX Runtime computes from exported files is what the models compute.</summary>
public sealed class OnnxExportTests : IDisposable
{
    private static readonly int[][] s_captions = [[62, 5, 9, 11, 63], [62, 63], [62, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 63]];

    private static readonly ExportDetails s_details = new() { WeightsText = "a model of a test" };

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<string, DualEncoderConfig> Encoders { get; } = new()
    {
        { "four frames", SmallModel.Config },
        {
            "sixteen frames, quick", SmallModel.Config with
            {
                Naming = ParameterNaming.Plain, PatchProjection = PatchProjectionLayout.Convolution,
                Vision = SmallModel.Config.Vision with { FrameCount = 16, Gelu = GeluKind.Quick, LayerNormEpsilon = 1e-5f },
                Text = SmallModel.Config.Text with { Gelu = GeluKind.Quick },
            }
        },
        {
            "one frame, mean of the tokens, tanh, layer scale", SmallModel.Config with
            {
                Vision = SmallModel.Config.Vision with { FrameCount = 1, Gelu = GeluKind.Tanh, Pooling = VisionPooling.Mean, LayerScale = 0.1f },
                Text = SmallModel.Config.Text with { Gelu = GeluKind.Tanh, LayerScale = 0.2f },
            }
        },
        { "texts that see what follows", SmallModel.Config with { Text = SmallModel.Config.Text with { IsCausal = false } } },
        {
            "as wide as ViT-B/16", SmallModel.Config with
            {
                EmbeddingSize = 256,
                Vision = new VisionConfig { ImageSize = 224, PatchSize = 16, FrameCount = 4, Width = 768, LayerCount = 1, HeadCount = 12 },
                Text = SmallModel.Config.Text with { Width = 512, HeadCount = 8 },
            }
        },
    };

    [Theory]
    [MemberData(nameof(Encoders))]
    public void A_dual_encoder_gives_the_same_vectors(string name, DualEncoderConfig config)
    {
        using DualEncoder model = TrainedModel.Shake(DualEncoder.Create(config, _device, seed: 3, withGradients: false));
        Checkpoint.Save(_folder.File("m.safetensors"), model);
        ExportReport report = OnnxExport.Write(_folder.File("m.safetensors"), _folder.FullName, s_details);
        Assert.Equal(["video.onnx", "text.onnx", "model.json", "README.md"], report.Files);
        (int frames, int size) = (config.Vision.FrameCount, config.Vision.ImageSize);
        using OnnxRuntimeProgram video = new(_folder.File("video.onnx")), text = new(_folder.File("text.onnx"));
        Assert.Equal([$"pixels UInt8 [-1, {frames}, 3, {size}, {size}]", $"embedding Float [-1, {config.EmbeddingSize}]"], video.Descriptions);
        Assert.Equal(["tokens Int64 [-1, -1]", $"embedding Float [-1, {config.EmbeddingSize}]"], text.Descriptions);
        foreach (int clips in (int[])[2, 1])
        {
            byte[] pixels = TrainedModel.Pixels(clips, frames, size);
            float[] expected = TrainedModel.OfPixels(model, pixels, clips, frames, size)[0];
            TrainedModel.AssertClose(expected, video.Run("pixels", pixels, clips, frames, 3, size, size)["embedding"], 1e-5f);
        }

        foreach (int length in (int[])[12, 5, 2])
        {
            int[][] captions = [.. s_captions.Where(caption => caption.Length <= length)];
            float[] actual = text.Run("tokens", TrainedModel.Padded(captions, length), captions.Length, length)["embedding"];
            TrainedModel.AssertClose(TrainedModel.OfTokens(model, captions), actual, 1e-5f);
        }

        Assert.Equal(model.Architecture.ToJson(), video.Metadata["avion.model"]);
        Assert.NotEmpty(name);
    }

    [Fact]
    public void A_classifier_gives_the_same_logits_for_every_head()
    {
        using VideoClassifier model = TrainedModel.Shake(VideoClassifier.Create(new VideoClassifierConfig
        {
            Vision = SmallModel.Config.Vision, Heads = [new ClassifierHead("fc_verb", 5), new ClassifierHead("fc_noun", 8)],
        }, _device, seed: 4, withGradients: false));
        AssertLogits(model, frames: 4, size: 32, "fc_verb", "fc_noun");
    }

    [Theory]
    [InlineData(ParameterNaming.Flash, PatchProjectionLayout.Linear, 4)]
    [InlineData(ParameterNaming.Plain, PatchProjectionLayout.Convolution, 16)]
    public void A_VideoMAE_classifier_gives_the_same_logits(ParameterNaming naming, PatchProjectionLayout layout, int frames)
    {
        using VideoMaeClassifier model = TrainedModel.Shake(VideoMaeClassifier.Create(new VideoMaeClassifierConfig
        {
            Tubelets = new TubeletConfig
            {
                ImageSize = 32, PatchSize = 8, FrameCount = frames, Naming = naming, PatchProjection = layout,
                LayerScale = naming == ParameterNaming.Plain ? 0.3f : null,
            },
            Encoder = new TransformerSize(48, 2, 3), ClassCount = 7,
        }, _device, seed: 5, withGradients: false));
        AssertLogits(model, frames, size: 32, "head");
    }

    [Fact]
    public void Weights_beyond_a_size_lie_in_a_second_file()
    {
        using DualEncoder model = TrainedModel.Shake(DualEncoder.Create(SmallModel.Config, _device, seed: 3, withGradients: false));
        Checkpoint.Save(_folder.File("m.safetensors"), model);
        ExportReport report = OnnxExport.Write(_folder.File("m.safetensors"), _folder.FullName, s_details, mostBytes: 1);
        Assert.Equal(["video.onnx", "video.onnx.data", "text.onnx", "text.onnx.data", "model.json", "README.md"], report.Files);
        Assert.True(new FileInfo(_folder.File("video.onnx")).Length < 40_000);
        using OnnxRuntimeProgram video = new(_folder.File("video.onnx"));
        byte[] pixels = TrainedModel.Pixels(2, 4, 32);
        TrainedModel.AssertClose(TrainedModel.OfPixels(model, pixels, 2, 4, 32)[0], video.Run("pixels", pixels, 2, 4, 3, 32, 32)["embedding"]);
    }

    [Fact]
    public async Task The_checker_of_ONNX_finds_nothing_wrong()
    {
        Assert.SkipUnless(await OnnxChecker.IsThereAsync(), OnnxChecker.Missing);
        using DualEncoder encoder = DualEncoder.Create(SmallModel.Config with { Text = SmallModel.Config.Text with { IsCausal = false } }, _device, 3);
        using VideoMaeClassifier classifier = VideoMaeClassifier.Create(new VideoMaeClassifierConfig
        {
            Tubelets = new TubeletConfig { ImageSize = 32, PatchSize = 8, FrameCount = 4 }, Encoder = new TransformerSize(48, 2, 3), ClassCount = 7,
        }, _device, seed: 5);
        Checkpoint.Save(_folder.File("m.safetensors"), encoder);
        OnnxExport.Write(_folder.File("m.safetensors"), _folder.FullName, s_details);
        OnnxExport.Write(_folder.File("m.safetensors"), _folder.File("outside"), s_details, mostBytes: 1);
        Checkpoint.Save(_folder.File("m.safetensors"), classifier);
        OnnxExport.Write(_folder.File("m.safetensors"), _folder.FullName, s_details);
        ProcessResult result = await OnnxChecker.RunAsync(
            [.. ((string[])["video.onnx", "text.onnx", "classifier.onnx", "outside/video.onnx"]).Select(name => _folder.File(name))]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(string.Concat(Enumerable.Repeat("8 17 ['']\n", 4)), result.Output);
    }

    [Fact]
    public void Weights_of_16_bits_go_out_with_the_values_that_they_have()
    {
        using (DualEncoder trained = TrainedModel.Shake(DualEncoder.Create(SmallModel.Config, _device, seed: 3, withGradients: false)))
        {
            Checkpoint.Save(_folder.File("m.safetensors"), trained, type: ElementType.BFloat16);
        }

        using DualEncoder model = Checkpoint.LoadDualEncoder(_folder.File("m.safetensors"), _device, withGradients: false);
        OnnxExport.Write(_folder.File("m.safetensors"), _folder.FullName, s_details);
        using OnnxRuntimeProgram video = new(_folder.File("video.onnx"));
        byte[] pixels = TrainedModel.Pixels(1, 4, 32);
        TrainedModel.AssertClose(TrainedModel.OfPixels(model, pixels, 1, 4, 32)[0], video.Run("pixels", pixels, 1, 4, 3, 32, 32)["embedding"]);
    }

    [Fact]
    public void The_folder_tells_what_goes_in_and_comes_out()
    {
        using DualEncoder model = DualEncoder.Create(SmallModel.Config with { InitialLogitBias = -10 }, _device, seed: 3, withGradients: false);
        Checkpoint.Save(_folder.File("m.safetensors"), model);
        OnnxExport.Write(_folder.File("m.safetensors"), _folder.FullName, new ExportDetails
        {
            WeightsText = "step-000300", FrameStride = 4, Vocabulary = new ConvertedVocabulary("bpe-64-0", "#version: 0.2\n"),
            Example = new ExampleText("open a door", [62, 3, 63]),
        });
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(_folder.File("model.json")));
        JsonElement facts = file.RootElement, video = facts.GetProperty("video"), text = facts.GetProperty("text");
        Assert.Equal((17, 4, 32), (facts.GetProperty("operator_set").GetInt32(), video.GetProperty("frames").GetInt32(), video.GetProperty("size").GetInt32()));
        Assert.Equal(("strided", 4), (video.GetProperty("frame_sampling").GetString(), video.GetProperty("frame_stride").GetInt32()));
        Assert.Equal(122.7709f, video.GetProperty("normalization").GetProperty("mean")[0].GetSingle(), 3);
        Assert.Equal((24, 12, "vocabulary.txt"), (video.GetProperty("outputs").GetProperty("embedding").GetInt32(),
            text.GetProperty("context_length").GetInt32(), text.GetProperty("vocabulary").GetString()));
        Assert.Equal(1 / 0.07f, facts.GetProperty("similarity_factor").GetSingle(), 1e-3f);
        Assert.Equal(-10, facts.GetProperty("similarity_bias").GetSingle());
        Assert.Equal("#version: 0.2\n", File.ReadAllText(_folder.File("vocabulary.txt")));
        string readme = File.ReadAllText(_folder.File("README.md"));
        Assert.Contains("uint8 `[batch, 4, 3, 32, 32]`", readme);
        Assert.Contains("open a door", readme);
    }

    [Fact]
    public void What_has_no_output_of_whole_clips_is_refused()
    {
        using VideoMae model = VideoMae.Create(new VideoMaeConfig
        {
            Tubelets = new TubeletConfig { ImageSize = 16, PatchSize = 8, FrameCount = 4 },
            Encoder = new TransformerSize(24, 1, 2), Decoder = new TransformerSize(16, 1, 2),
        }, _device, seed: 1, withGradients: false);
        Checkpoint.Save(_folder.File("m.safetensors"), model);
        string before = string.Join(",", Directory.GetFiles(_folder.FullName));
        ExportException error = Assert.Throws<ExportException>(
            () => OnnxExport.Write(_folder.File("m.safetensors"), _folder.FullName, s_details));
        Assert.Contains("a masked video autoencoder", error.Message);
        File.WriteAllText(_folder.File("words"), "no weights");
        Assert.Throws<CheckpointException>(() => OnnxExport.Write(_folder.File("words"), _folder.FullName, s_details));
        File.Delete(_folder.File("words"));
        Assert.Equal(before, string.Join(",", Directory.GetFiles(_folder.FullName)));
    }

    private void AssertLogits(Model model, int frames, int size, params string[] outputs)
    {
        Checkpoint.Save(_folder.File("m.safetensors"), model);
        ExportReport report = OnnxExport.Write(_folder.File("m.safetensors"), _folder.FullName, s_details with { ClassNames = ["a", "b"] });
        Assert.Equal(["classifier.onnx", "model.json", "README.md"], report.Files);
        using OnnxRuntimeProgram program = new(_folder.File("classifier.onnx"));
        foreach (int clips in (int[])[3, 1])
        {
            byte[] pixels = TrainedModel.Pixels(clips, frames, size);
            float[][] expected = TrainedModel.OfPixels(model, pixels, clips, frames, size);
            Dictionary<string, float[]> actual = program.Run("pixels", pixels, clips, frames, 3, size, size);
            Assert.Equal(outputs, actual.Keys);
            for (int i = 0; i < outputs.Length; i++)
            {
                TrainedModel.AssertClose(expected[i], actual[outputs[i]], 5e-5f);
            }
        }
    }
}
