namespace Avion.Models.Tests;

public sealed class WeightConversionTests : IDisposable
{
    // Head size 64, as shapes alone cannot tell the number of heads.
    private static readonly DualEncoderConfig s_config = new()
    {
        EmbeddingSize = 24,
        Vision = new VisionConfig { ImageSize = 16, PatchSize = 8, FrameCount = 3, Width = 128, LayerCount = 2, HeadCount = 2 },
        Text = new TextConfig { ContextLength = 12, VocabularySize = 64, Width = 64, HeadCount = 1, LayerCount = 1 },
    };

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(WeightFamily.OpenAi)]
    [InlineData(WeightFamily.OpenClip)]
    [InlineData(WeightFamily.AvionPlain)]
    [InlineData(WeightFamily.LaviLa)]
    [InlineData(WeightFamily.Avion)]
    public void A_dual_encoder_survives_the_road_to_another_family_and_back_bit_by_bit(WeightFamily family)
    {
        using DualEncoder model = SavedModel("own.safetensors");
        WeightConversion.ToTorch(_folder.File("own.safetensors"), _folder.File("theirs.pt"), family, new ConversionOptions());
        ConversionReport report = WeightConversion.ToAvion(_folder.File("theirs.pt"), _folder.File("back.safetensors"),
            new ConversionOptions());
        Assert.NotNull(report.Architecture);
        using DualEncoder back = Checkpoint.LoadDualEncoder(_folder.File("back.safetensors"), _device);
        Assert.Equal(s_config, back.Config);
        Assert.Equal("imagenet", back.Normalization.Name);
        Assert.All(model.Parameters.Parameters, parameter => Assert.Equal(model.Values(parameter.Name), back.Values(parameter.Name)));
    }

    [Fact]
    public void OpenAI_names_and_shapes_are_theirs_and_their_weights_get_the_quick_gelu()
    {
        using DualEncoder model = SavedModel("own.safetensors");
        WeightConversion.ToTorch(_folder.File("own.safetensors"), _folder.File("openai.pt"), WeightFamily.OpenAi, new ConversionOptions());
        using (TensorArchive file = TensorArchive.Open(_folder.File("openai.pt")))
        {
            string[] expected =
            [
                "logit_scale", "positional_embedding", "token_embedding.weight", "text_projection", "ln_final.weight", "visual.proj",
                "visual.class_embedding", "visual.conv1.weight", "visual.transformer.resblocks.1.attn.in_proj_weight",
                "visual.transformer.resblocks.0.mlp.c_fc.bias", "transformer.resblocks.0.attn.in_proj_bias", "transformer.resblocks.0.mlp.c_proj.weight",
            ];
            Assert.All(expected, name => Assert.True(file.TryFind(name, out _), name));
            Assert.Equal("[128, 3, 8, 8]", file["visual.conv1.weight"].ShapeText);
            Assert.DoesNotContain(file.Entries, entry => entry.Name.Contains("textual", StringComparison.Ordinal) || entry.Name.Contains("Wqkv", StringComparison.Ordinal));
        }

        // Without the description that Avion puts beside them, as OpenAI's own files are.
        StateDictionary.Repack(_folder.File("openai.pt"), _folder.File("bare.pt"));
        ConversionReport report = WeightConversion.ToAvion(_folder.File("bare.pt"), _folder.File("back.safetensors"), new ConversionOptions());
        Assert.Equal(WeightFamily.OpenAi, report.Family);
        Assert.Equal((GeluKind.Quick, GeluKind.Quick, 1e-5f), (report.Architecture!.DualEncoder!.Vision.Gelu,
            report.Architecture.DualEncoder.Text.Gelu, report.Architecture.DualEncoder.Vision.LayerNormEpsilon));
        Assert.Equal("openai", report.Architecture.Normalization.Name);
    }

    [Fact]
    public void VideoMAE_survives_the_road_to_the_original_names_and_back_bit_by_bit()
    {
        VideoMaeConfig config = new()
        {
            Tubelets = new TubeletConfig { ImageSize = 8, PatchSize = 4, FrameCount = 4 },
            Encoder = new TransformerSize(12, 2, 3), Decoder = new TransformerSize(8, 1, 2),
        };
        using VideoMae model = VideoMae.Create(config, _device, seed: 1);
        foreach (Parameter parameter in model.Parameters.Parameters.Where(item => item.Name.EndsWith("bias", StringComparison.Ordinal)))
        {
            _device.Upload([.. Enumerable.Range(1, (int)parameter.Shape.Count).Select(number => (float)number)], parameter.Value);
        }

        Checkpoint.Save(_folder.File("mae.safetensors"), model);
        WeightConversion.ToTorch(_folder.File("mae.safetensors"), _folder.File("mae.pth"), WeightFamily.VideoMae, new ConversionOptions());
        using (TensorArchive file = TensorArchive.Open(_folder.File("mae.pth")))
        {
            Assert.Equal("[36, 12]", file["encoder.blocks.0.attn.qkv.weight"].ShapeText);
            Assert.Equal("[12]", file["encoder.blocks.1.attn.v_bias"].ShapeText);
            Assert.Equal("[12, 3, 2, 4, 4]", file["encoder.patch_embed.proj.weight"].ShapeText);
            Assert.Equal(model.Parameters.Parameters.Count + 3, file.Entries.Count);
        }

        using VideoMae plain = VideoMae.Create(config with { Tubelets = config.Tubelets with { Naming = ParameterNaming.Plain } }, _device, seed: 2);
        Assert.Empty(PretrainedWeights.Load(_folder.File("mae.pth"), plain).Fresh);
        using VideoMae back = VideoMae.Create(config, _device, seed: 3);
        PretrainedReport report = PretrainedWeights.Load(_folder.File("mae.pth"), back);
        Assert.Empty(report.Fresh);
        Assert.Empty(report.Ignored);
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            Assert.Equal(model.Values(parameter.Name), back.Values(parameter.Name));
        }
    }

    [Fact]
    public void A_model_of_more_frames_larger_pictures_and_another_context_starts_from_resized_tables()
    {
        using DualEncoder small = SavedModel("own.safetensors");
        DualEncoderConfig larger = s_config with
        {
            Vision = s_config.Vision with { FrameCount = 6, ImageSize = 32 },
            Text = s_config.Text with { ContextLength = 16 },
            EmbeddingSize = 8,
            Naming = ParameterNaming.Plain,
        };
        using DualEncoder model = DualEncoder.Create(larger, _device, seed: 9, PixelNormalization.ImageNet);
        PretrainedReport report = PretrainedWeights.Load(_folder.File("own.safetensors"), model);
        Assert.Equal(["visual.image_projection (file [128, 24], model [128, 8])", "textual.text_projection (file [64, 24], model [64, 8])"],
            report.Fresh);
        Assert.Equal(3, report.Resized.Count);
        Assert.Equal(EmbeddingResize.Time(small.Values("visual.temporal_embedding"), 3, 128, 6), model.Values("visual.temporal_embedding"));
        float[] positions = small.Values("textual.positional_embedding");
        Assert.Equal(positions.Concat(new float[4 * 64]), model.Values("textual.positional_embedding"));
        Assert.Equal(small.Values("visual.transformer.resblocks.1.mlp.fc1.weight"), model.Values("visual.transformer.resblocks.1.mlp.c_fc.weight"));
    }

    [Fact]
    public void A_classifier_takes_the_encoder_of_pre_training_and_keeps_its_own_head()
    {
        VideoMaeConfig config = new()
        {
            Tubelets = new TubeletConfig { ImageSize = 8, PatchSize = 4, FrameCount = 4 },
            Encoder = new TransformerSize(12, 2, 3), Decoder = new TransformerSize(8, 1, 2),
        };
        using VideoMae pretrained = VideoMae.Create(config, _device, seed: 1);
        Checkpoint.Save(_folder.File("mae.safetensors"), pretrained);
        using VideoMaeClassifier model = VideoMaeClassifier.Create(
            new VideoMaeClassifierConfig { Tubelets = config.Tubelets, Encoder = config.Encoder, ClassCount = 7 }, _device, seed: 2);
        PretrainedReport report = PretrainedWeights.Load(_folder.File("mae.safetensors"), model);
        Assert.Equal(["fc_norm.weight", "fc_norm.bias", "head.weight", "head.bias"], report.Fresh);
        Assert.Contains("mask_token", report.Ignored);
        Assert.Equal(pretrained.Values("encoder.blocks.1.mlp.fc2.weight"), model.Values("blocks.1.mlp.fc2.weight"));
    }

    [Fact]
    public void Weights_that_have_nothing_in_common_are_refused()
    {
        using DualEncoder model = SavedModel("own.safetensors");
        using VideoMaeClassifier other = VideoMaeClassifier.Create(VideoMaeClassifierConfig.Base(3) with
        {
            Tubelets = new TubeletConfig { ImageSize = 8, PatchSize = 4, FrameCount = 4 }, Encoder = new TransformerSize(12, 1, 3),
        }, _device, seed: 2);
        Assert.Contains("it has architecture clip (it says so), the recipe model.architecture videomae", Assert.Throws<CheckpointException>(
            () => PretrainedWeights.Load(_folder.File("own.safetensors"), other)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_map_is_its_own_inverse_on_the_names_of_its_models()
    {
        using DualEncoder encoder = DualEncoder.Create(DualEncoderPresets.Get("ViT-L/14"), new PlanningDevice(), seed: 0, withGradients: false);
        using VideoMae autoencoder = VideoMae.Create(VideoMaeConfig.Base, new PlanningDevice(), seed: 0, withGradients: false);
        foreach ((string name, KeyMap map) in KeyMap.All)
        {
            IEnumerable<Parameter> parameters = name == "videomae" ? autoencoder.Parameters.Parameters : encoder.Parameters.Parameters;
            string[] ours = [.. parameters.Select(parameter => parameter.Name)], theirs = [.. ours.Select(map.ToTheirs)];
            Assert.Equal(ours, theirs.Select(map.ToOurs));
            Assert.Equal(ours.Length, theirs.Distinct().Count());
        }
    }

    [Fact]
    public void Time_embeddings_resize_as_published()
    {
        float[] rows = [0, 1, 2, 3, 4, 5, 6, 7];
        Assert.Equal([0, 1, 0, 1, 0.25f, 1.25f, 0.75f, 1.75f, 1.25f, 2.25f], EmbeddingResize.Time(rows, 4, 2, 16)[..10]);
        Assert.Equal([0, 1, 2, 3], EmbeddingResize.Time(rows, 4, 2, 2));
    }

    [Fact]
    public async System.Threading.Tasks.Task Positions_resize_as_PyTorch_interpolates()
    {
        Assert.SkipUnless(await PyTorch.IsInstalledAsync(), PyTorch.Missing);
        const string Script = """
            import torch
            g = torch.sin(0.7 * torch.arange(5 * 5 * 3, dtype=torch.float64)).reshape(1, 5, 5, 3).permute(0, 3, 1, 2)
            for n in (3, 8):
                r = torch.nn.functional.interpolate(g, size=(n, n), mode='bicubic', align_corners=False)
                print(' '.join(repr(v) for v in r.permute(0, 2, 3, 1).flatten().tolist()))
            """;
        ProcessResult result = await PyTorch.RunAsync(Script);
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        float[] table = [9, 8, 7, .. Enumerable.Range(0, 75).Select(j => (float)Math.Sin(0.7 * j))];
        foreach ((int grid, string line) in (IEnumerable<(int, string)>)[(3, lines[0]), (8, lines[1])])
        {
            float[] resized = EmbeddingResize.Space(table, 5, 3, grid);
            Assert.Equal([9, 8, 7], resized[..3]);
            float[] expected = [.. line.Split(' ').Select(number => float.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
            Assert.Equal(expected, resized[3..], (a, b) => Math.Abs(a - b) < 1e-6);
        }
    }

    private DualEncoder SavedModel(string name)
    {
        DualEncoder model = DualEncoder.Create(s_config, _device, seed: 1, PixelNormalization.ImageNet);
        Parameter time = model.Parameters["visual.temporal_embedding"];
        _device.Upload([.. Enumerable.Range(0, (int)time.Shape.Count).Select(j => (float)Math.Sin(j))], time.Value);
        Checkpoint.Save(_folder.File(name), model);
        return model;
    }
}
