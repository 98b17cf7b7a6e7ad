using System.IO.Compression;

namespace Avion.Models.Tests;

/// <summary>Away to another program's names and back: the same description and the same bits, for every kind of model and any of its
/// choices.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);

    public static TheoryData<WeightFamily, int> DualEncoderRoads => Roads(
        WeightFamily.Avion, WeightFamily.AvionPlain, WeightFamily.OpenAi, WeightFamily.OpenClip, WeightFamily.LaviLa);

    public static TheoryData<WeightFamily, int> ClassifierRoads => Roads(WeightFamily.Avion, WeightFamily.AvionPlain, WeightFamily.OpenAi);

    public static TheoryData<WeightFamily, int> VideoMaeRoads => Roads(WeightFamily.Avion, WeightFamily.VideoMae);

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(DualEncoderRoads))]
    public void A_dual_encoder_comes_back_as_it_was(WeightFamily family, int seed)
    {
        Random random = new(seed);
        int heads = random.Next(1, 8), textHeads = random.Next(1, 8);
        AssertComesBack(family, seed, normalization => DualEncoder.Create(new DualEncoderConfig
        {
            EmbeddingSize = random.Next(1, 30),
            Vision = Vision(random, heads),
            Text = new TextConfig
            {
                ContextLength = random.Next(4, 12), VocabularySize = random.Next(20, 90), Width = textHeads * random.Next(1, 9), LayerCount = 1,
                HeadCount = textHeads, Gelu = Gelu(random), LayerNormEpsilon = Epsilon(random), LayerScale = random.Next(2) == 0 ? 0.25f : null,
                IsCausal = random.Next(4) > 0,
            },
        }, _device, (ulong)seed, normalization), random);
    }

    [Theory]
    [MemberData(nameof(ClassifierRoads))]
    public void A_classifier_comes_back_as_it_was(WeightFamily family, int seed)
    {
        Random random = new(seed);
        AssertComesBack(family, seed, normalization => VideoClassifier.Create(new VideoClassifierConfig
        {
            Vision = Vision(random, random.Next(1, 8)), Heads = [new ClassifierHead("fc_verb", 7), new ClassifierHead("fc_noun", 3)],
        }, _device, (ulong)seed, normalization), random);
    }

    [Theory]
    [MemberData(nameof(VideoMaeRoads))]
    public void VideoMAE_and_its_classifier_come_back_as_they_were(WeightFamily family, int seed)
    {
        Random random = new(seed);
        int heads = random.Next(1, 8);
        TubeletConfig tubelets = new()
        {
            ImageSize = 8 * random.Next(1, 4), PatchSize = 4, FrameCount = 2 * random.Next(1, 9), LayerNormEpsilon = Epsilon(random),
            LayerScale = random.Next(2) == 0 ? 0.25f : null,
        };
        TransformerSize encoder = new(heads * 2 * random.Next(1, 5), random.Next(1, 3), heads);
        AssertComesBack(family, seed, normalization => seed % 2 == 0
            ? VideoMae.Create(new VideoMaeConfig
            {
                Tubelets = tubelets, Encoder = encoder, Decoder = new TransformerSize(10, 1, 5), NormalizesTargets = random.Next(2) == 0,
            }, _device, (ulong)seed, normalization)
            : VideoMaeClassifier.Create(new VideoMaeClassifierConfig { Tubelets = tubelets, Encoder = encoder, ClassCount = 6 },
                _device, (ulong)seed, normalization), random);
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("{\"avion.model\": 3}")]
    [InlineData("{\"avion.model\": {}}")]
    [InlineData("{")]
    [InlineData("")]
    public void A_description_that_is_damaged_is_refused_in_a_sentence(string json)
    {
        using (TorchFileWriter writer = new(_folder.File("w.pt"), [], new TorchFileLayout()))
        {
            writer.Complete();
        }

        using (ZipArchive zip = ZipFile.Open(_folder.File("w.pt"), ZipArchiveMode.Update))
        using (Stream member = zip.CreateEntry("archive/avion.json", CompressionLevel.NoCompression).Open())
        {
            member.Write(Encoding.UTF8.GetBytes(json));
        }

        Assert.Contains("its member 'avion.json' is no JSON object of texts",
            Assert.Throws<CheckpointException>(() => TensorArchive.Open(_folder.File("w.pt"))).Message);
    }

    [Fact]
    public void A_needed_weight_of_a_type_that_is_not_read_is_named_with_its_type()
    {
        using DualEncoder model = DualEncoder.Create(SmallModel.Tiny, _device, seed: 1);
        Checkpoint.Save(_folder.File("w.safetensors"), model);
        byte[] bytes = File.ReadAllBytes(_folder.File("w.safetensors"));
        int place = bytes.AsSpan().IndexOf("\"visual.ln_post.weight\""u8), type = place + bytes.AsSpan(place).IndexOf("F32"u8);
        "U32"u8.CopyTo(bytes.AsSpan(type));
        File.WriteAllBytes(_folder.File("odd.safetensors"), bytes);
        string[] messages =
        [
            Assert.Throws<CheckpointException>(() => Checkpoint.LoadInto(_folder.File("odd.safetensors"), model)).Message,
            Assert.Throws<CheckpointException>(() => PretrainedWeights.Load(_folder.File("odd.safetensors"), model)).Message,
        ];
        Assert.All(messages, message => Assert.Contains("visual.ln_post.weight (elements of type 'U32')", message));
    }

    [Fact]
    public void LaViLa_s_own_vision_tower_is_refused_and_its_text_tower_is_taken_when_asked_for()
    {
        using DualEncoder theirs = DualEncoder.Create(SmallModel.Tiny, _device, seed: 1);
        Checkpoint.Save(_folder.File("w.safetensors"), theirs);
        using (TensorArchive archive = TensorArchive.Open(_folder.File("w.safetensors")))
        {
            List<(TensorEntry Entry, byte[] Bytes)> tensors = [];
            foreach (TensorEntry entry in archive.Entries.Where(entry => !entry.Name.StartsWith("visual.", StringComparison.Ordinal)))
            {
                byte[] bytes = new byte[entry.ByteCount];
                archive.ReadBytes(entry, 0, bytes);
                tensors.Add((new TensorEntry("module." + entry.Name.Replace("textual.", "", StringComparison.Ordinal), entry.Type, entry.Extents), bytes));
            }

            string[] vision = ["image_projection", "visual.cls_token", "visual.blocks.0.attn.qkv.weight", "visual.blocks.0.timeattn.qkv.weight"];
            tensors.AddRange(vision.Select(name => (new TensorEntry("module." + name, ElementType.Float32, [3, 4]), new byte[48])));
            StateDictionary.Write(_folder.File("lavila.pt"), tensors, new TorchFileLayout { WeightsKey = "state_dict" });
        }

        using DualEncoder model = DualEncoder.Create(SmallModel.Tiny with
        {
            Text = SmallModel.Tiny.Text with { Gelu = GeluKind.Quick },
        }, _device, seed: 2);
        CheckpointException error = Assert.Throws<CheckpointException>(() => PretrainedWeights.Load(_folder.File("lavila.pt"), model));
        Assert.Contains("TimeSformer", error.Message);
        Assert.Contains("model.initialize_except=[visual.*]", error.Message);
        PretrainedReport report = PretrainedWeights.Load(_folder.File("lavila.pt"), model,
            new PretrainedOptions { LeavesFresh = name => name.StartsWith("visual.", StringComparison.Ordinal) });
        Assert.Equal(WeightFamily.LaviLa, report.Family);
        Assert.All(report.Fresh, name => Assert.StartsWith("visual.", name));
        Assert.Equal(theirs.Values("textual.transformer.resblocks.1.mlp.c_fc.weight"), model.Values("textual.transformer.resblocks.1.mlp.c_fc.weight"));
        Assert.Contains("visual.blocks.0.timeattn.qkv.weight", report.Ignored);
    }

    private static TheoryData<WeightFamily, int> Roads(params WeightFamily[] families)
    {
        TheoryData<WeightFamily, int> roads = [];
        foreach (WeightFamily family in families)
        {
            for (int seed = 0; seed < 6; seed++)
            {
                roads.Add(family, seed);
            }
        }

        return roads;
    }

    private static VisionConfig Vision(Random random, int heads) => new()
    {
        ImageSize = 4 * random.Next(1, 4), PatchSize = 4, FrameCount = random.Next(1, 5), Width = heads * random.Next(1, 9),
        LayerCount = random.Next(1, 3), HeadCount = heads, Gelu = Gelu(random), LayerNormEpsilon = Epsilon(random),
        Pooling = random.Next(4) == 0 ? VisionPooling.Mean : VisionPooling.ClassToken, LayerScale = random.Next(2) == 0 ? 0.5f : null,
    };

    private static GeluKind Gelu(Random random) => (GeluKind)random.Next(3);

    private static float Epsilon(Random random) => (float)Math.Pow(10, -3 - (4 * random.NextDouble()));

    private void AssertComesBack(WeightFamily family, int seed, Func<PixelNormalization, Model> create, Random random)
    {
        PixelNormalization pixels = seed % 3 == 0
            ? new PixelNormalization { Name = "custom", Mean = [1, 2.5f, 3], Deviation = [4, 5, 6.25f] }
            : PixelNormalization.Known[random.Next(3)];
        using Model model = create(pixels);
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            _device.Upload([.. Enumerable.Range(0, (int)parameter.Shape.Count).Select(_ => (float)((2 * random.NextDouble()) - 1))], parameter.Value);
        }

        Checkpoint.Save(_folder.File("own.safetensors"), model, new CheckpointDetails { Tokenizer = "bpe-600-0123", Recipe = "name: x" });
        ConvertedVocabulary vocabulary = new("bpe-513-4567", "#version\nt h\n");
        WeightConversion.ToTorch(_folder.File("own.safetensors"), _folder.File("theirs.pt"), family, new ConversionOptions { Vocabulary = vocabulary });
        WeightConversion.Repack(_folder.File("theirs.pt"), _folder.File("theirs.safetensors"), toTorch: false);
        WeightConversion.Repack(_folder.File("theirs.safetensors"), _folder.File("again.pt"), toTorch: true);
        foreach (string file in new[] { "theirs.pt", "theirs.safetensors", "again.pt" })
        {
            WeightConversion.ToAvion(_folder.File(file), _folder.File("back.safetensors"), new ConversionOptions());
            Assert.Equal(model.Architecture.ToJson(), Checkpoint.ReadDetails(_folder.File("back.safetensors")).Architecture!.ToJson());
            Assert.Equal(("bpe-513-4567", "#version\nt h\n", "name: x"), Checkpoint.ReadDetails(_folder.File("back.safetensors")) is var details
                ? (details.Tokenizer, details.Vocabulary, details.Recipe) : default);
            using Model back = Checkpoint.Load(_folder.File("back.safetensors"), _device);
            Assert.All(model.Parameters.Parameters, parameter => Assert.Equal(model.Values(parameter.Name), back.Values(parameter.Name)));
        }
    }
}
