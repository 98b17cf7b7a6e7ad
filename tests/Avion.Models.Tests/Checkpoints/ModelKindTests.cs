namespace Avion.Models.Tests;

/// <summary>Every kind of model comes back from its own checkpoint, and from the names and shapes of others' alone.</summary>
public sealed class ModelKindTests : IDisposable
{
    private static readonly VisionConfig s_vision =
        new() { ImageSize = 16, PatchSize = 8, FrameCount = 3, Width = 128, LayerCount = 2, HeadCount = 2, LayerScale = 1 };

    private static readonly TubeletConfig s_tubelets = new() { ImageSize = 16, PatchSize = 8, FrameCount = 4 };

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);

    public static TheoryData<string> Kinds => ["DualEncoder", "VideoClassifier", "VerbsAndNouns", "VideoMae", "VideoMaeClassifier"];

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_checkpoint_of_any_kind_comes_back_bit_equal_with_its_description(string kind)
    {
        using Model model = Create(kind);
        Checkpoint.Save(_folder.FullName, model);
        using Model loaded = Checkpoint.Load(_folder.FullName, _device);
        AssertSame(model, loaded);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Weights_without_a_description_are_described_from_names_and_shapes(string kind)
    {
        using Model model = Create(kind);
        Checkpoint.Save(_folder.File("own.safetensors"), model);
        WeightFamily family = kind.StartsWith("VideoMae", StringComparison.Ordinal) ? WeightFamily.VideoMae : WeightFamily.AvionPlain;
        WeightConversion.ToTorch(_folder.File("own.safetensors"), _folder.File("theirs.pt"), family, new ConversionOptions());
        ConversionReport report = WeightConversion.ToAvion(_folder.File("theirs.pt"), _folder.File("back.safetensors"),
            new ConversionOptions { FrameCount = s_tubelets.FrameCount, ImageSize = s_tubelets.ImageSize, Normalization = Normalization(model) });
        Assert.NotNull(report.Architecture);
        using Model back = Checkpoint.Load(_folder.File("back.safetensors"), _device);
        AssertSame(model, back);
    }

    [Fact]
    public void A_checkpoint_of_another_kind_is_refused_with_both_kinds()
    {
        using Model model = Create("VideoMaeClassifier");
        Checkpoint.Save(_folder.FullName, model);
        Assert.Contains("holds a VideoMAE classifier, expected a video classifier",
            Assert.Throws<CheckpointException>(() => Checkpoint.LoadVideoClassifier(_folder.FullName, _device)).Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => Checkpoint.LoadVideoMae(_folder.FullName, _device));
        using VideoMaeClassifier right = Checkpoint.LoadVideoMaeClassifier(_folder.FullName, _device);
        Assert.Equal(5, right.Config.ClassCount);
    }

    [Fact]
    public void A_single_frame_model_reads_a_picture_as_a_clip_of_it_with_the_mean_time()
    {
        using DualEncoder model = (DualEncoder)Create("DualEncoder");
        Parameter time = model.Parameters["visual.temporal_embedding"];
        float[] rows = [.. Enumerable.Range(0, (int)time.Shape.Count).Select(j => (float)Math.Sin(j))];
        _device.Upload(rows, time.Value);
        Checkpoint.Save(_folder.File("own.safetensors"), model);
        WeightConversion.ToTorch(_folder.File("own.safetensors"), _folder.File("single.pt"), WeightFamily.OpenClip,
            new ConversionOptions { MakesSingleFrame = true });
        using TensorArchive single = TensorArchive.Open(_folder.File("single.pt"));
        Assert.False(single.TryFind("visual.temporal_embedding", out _));
        float[] before = model.Values("visual.positional_embedding"), after = single.ReadAll(single["visual.positional_embedding"]);
        Assert.Equal(before[..128], after[..128]);
        for (int j = 128; j < before.Length; j++)
        {
            int d = j % 128;
            Assert.Equal(before[j] + ((rows[d] + rows[128 + d] + rows[256 + d]) / 3), after[j], 1e-6);
        }

        ConversionReport report = WeightConversion.ToAvion(_folder.File("single.pt"), _folder.File("back.safetensors"), new ConversionOptions());
        Assert.Equal(1, report.Architecture!.DualEncoder!.Vision.FrameCount);
    }

    [Fact]
    public async System.Threading.Tasks.Task PyTorch_reads_the_run_options_that_the_reference_builds_its_model_from()
    {
        Assert.SkipUnless(await PyTorch.IsInstalledAsync(), PyTorch.Missing);
        using DualEncoder model = (DualEncoder)Create("DualEncoder");
        Checkpoint.Save(_folder.File("own.safetensors"), model);
        WeightConversion.ToTorch(_folder.File("own.safetensors"), _folder.File("avion.pt"), WeightFamily.Avion, new ConversionOptions());
        const string Script = """
            import sys, torch
            c = torch.load(sys.argv[1], map_location='cpu')
            a = c['args']
            print(sorted(c), type(a).__name__, a.context_length, a.vocab_size, a.project_embed_dim, a.clip_length, a.use_flash_attn,
                  hasattr(a, 'model'), c['epoch'], len(c['state_dict']), tuple(c['state_dict']['visual.conv1.weight'].shape))
            """;
        ProcessResult result = await PyTorch.RunAsync(Script, _folder.File("avion.pt"));
        Assert.Equal(
            $"['args', 'epoch', 'state_dict'] Namespace 12 64 24 3 True False 0 {model.Parameters.Parameters.Count} (128, 192)", result.Output.Trim());
    }

    [Theory]
    [InlineData("ViT-B/16", "CLIP_VITB16")]
    [InlineData("ViT-L/14@336", "CLIP_VITL14_336PX")]
    public void Published_sizes_are_exported_under_the_names_of_the_reference(string preset, string expected)
    {
        DualEncoderConfig config = DualEncoderPresets.Get(preset, frameCount: 16);
        ModelArchitecture architecture = new() { DualEncoder = config, Normalization = PixelNormalization.LaviLaLegacy };
        Assert.Equal(expected, RunOptions.Of(architecture, WeightFamily.Avion)["model"]);
        Assert.Equal(16, RunOptions.Of(architecture, WeightFamily.Avion)["clip_length"]);
    }

    private static PixelNormalization Normalization(Model model) => model.Architecture.Normalization;

    private Model Create(string kind) => kind switch
    {
        "DualEncoder" => DualEncoder.Create(new DualEncoderConfig
        {
            EmbeddingSize = 24, Vision = s_vision,
            Text = new TextConfig { ContextLength = 12, VocabularySize = 64, Width = 64, HeadCount = 1, LayerCount = 1 },
        }, _device, seed: 1),
        "VideoClassifier" => VideoClassifier.Create(
            new VideoClassifierConfig { Vision = s_vision, Heads = [new ClassifierHead("fc_cls", 7)] }, _device, seed: 2),
        "VerbsAndNouns" => VideoClassifier.Create(new VideoClassifierConfig
        {
            Vision = s_vision,
            Heads = [new ClassifierHead("fc_verb", 3), new ClassifierHead("fc_noun", 4), new ClassifierHead("fc_action", 9)],
        }, _device, seed: 3),
        "VideoMae" => VideoMae.Create(new VideoMaeConfig
        {
            Tubelets = s_tubelets, Encoder = new TransformerSize(128, 2, 2), Decoder = new TransformerSize(64, 1, 1),
        }, _device, seed: 4),
        _ => VideoMaeClassifier.Create(new VideoMaeClassifierConfig
        {
            Tubelets = s_tubelets, Encoder = new TransformerSize(128, 2, 2), ClassCount = 5,
        }, _device, seed: 5),
    };

    private static void AssertSame(Model expected, Model actual)
    {
        Assert.Equal(expected.Architecture.ToJson(), actual.Architecture.ToJson());
        Assert.Equal(expected.Parameters.Parameters.Count, actual.Parameters.Parameters.Count);
        Assert.All(expected.Parameters.Parameters, parameter => Assert.Equal(expected.Values(parameter.Name), actual.Values(parameter.Name)));
    }
}
