namespace Avion.Models.Tests;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(ParameterNaming.Flash, PatchProjectionLayout.Linear)]
    [InlineData(ParameterNaming.Plain, PatchProjectionLayout.Convolution)]
    public void A_saved_model_comes_back_bit_equal_with_all_it_says_about_itself(ParameterNaming naming, PatchProjectionLayout layout)
    {
        DualEncoderConfig config = SmallModel.Config with { Naming = naming, PatchProjection = layout };
        config = config with { Vision = config.Vision with { Gelu = GeluKind.Quick, LayerNormEpsilon = 1e-5f } };
        using DualEncoder model = DualEncoder.Create(config, _device, seed: 3, PixelNormalization.LaviLaLegacy);
        Checkpoint.Save(_folder.FullName, model, new CheckpointDetails { Tokenizer = "clip", Recipe = "epochs: 5\n" });
        using DualEncoder loaded = Checkpoint.LoadDualEncoder(_folder.FullName, _device);
        Assert.Equal(config, loaded.Config);
        Assert.Equal(PixelNormalization.LaviLaLegacy.Mean, loaded.Normalization.Mean);
        Assert.All(model.Parameters.Parameters, parameter =>
            Assert.Equal(model.Values(parameter.Name).Select(BitConverter.SingleToInt32Bits),
                loaded.Values(parameter.Name).Select(BitConverter.SingleToInt32Bits)));
        CheckpointDetails details = Checkpoint.ReadDetails(_folder.FullName);
        Assert.Equal(("clip", "epochs: 5\n"), (details.Tokenizer, details.Recipe));
    }

    [Fact]
    public void Differences_are_listed_and_refused_unless_a_partial_load_is_asked_for()
    {
        DualEncoderConfig config = SmallModel.Config;
        using DualEncoder saved = DualEncoder.Create(config, _device, seed: 3);
        Checkpoint.Save(_folder.FullName, saved);
        using DualEncoder other = DualEncoder.Create(
            config with { EmbeddingSize = 8, Naming = ParameterNaming.Plain }, _device, seed: 4);
        float[] before = other.Values("visual.class_embedding");
        CheckpointException exception = Assert.Throws<CheckpointException>(() => Checkpoint.LoadInto(_folder.FullName, other));
        Assert.Contains("lacks 12 tensors: visual.transformer.resblocks.0.attn.in_proj_weight", exception.Message,
            StringComparison.Ordinal);
        Assert.Contains("visual.image_projection (file [48, 24], model [48, 8])", exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, other.Values("visual.class_embedding"));

        LoadReport report = Checkpoint.LoadInto(_folder.FullName, other, partially: true);
        Assert.Equal((12, 12, 2), (report.Missing.Count, report.Unknown.Count, report.Mismatched.Count));
        Assert.Equal(saved.Values("visual.class_embedding"), other.Values("visual.class_embedding"));
    }

    [Fact]
    public void Weights_of_another_program_are_told_from_ours()
    {
        string path = _folder.File("foreign.safetensors");
        TensorEntry entry = new("visual.conv1.weight", ElementType.Float32, [1]);
        using (SafetensorsWriter writer = new(path, [entry]))
        {
            writer.Write(entry, new byte[4]);
            writer.Complete();
        }

        CheckpointException exception = Assert.Throws<CheckpointException>(() => Checkpoint.LoadDualEncoder(path, _device));
        Assert.Contains("does not say what model it holds", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"normalization\":{\"name\":\"x\",\"mean\":[1,2],\"deviation\":[1,1,1]}}")]
    [InlineData("{\"normalization\":null}")]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("{\"surprise\":1}")]
    public void A_damaged_description_is_refused(string json)
    {
        Exception exception = Assert.ThrowsAny<Exception>(() => ModelArchitecture.FromJson(json));
        Assert.True(exception is System.Text.Json.JsonException or ArgumentException, exception.ToString());
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        string path = _folder.File("none.safetensors");
        Assert.Contains(path, Assert.Throws<FileNotFoundException>(() => Checkpoint.ReadDetails(path)).Message, StringComparison.Ordinal);
    }
}
