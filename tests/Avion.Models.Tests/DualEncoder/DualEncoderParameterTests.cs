namespace Avion.Models.Tests;

public sealed class DualEncoderParameterTests
{
    [Theory]
    [InlineData("ViT-B/16", 85_999_104, 63_297_024, 149_296_129, 303)]
    [InlineData("ViT-L/14", 303_446_016, 123_257_088, 426_703_105, 447)]
    [InlineData("ViT-L/14@336", 303_773_696, 123_257_088, 427_030_785, 447)]
    public void Preset_has_the_published_number_of_parameters(string name, long visual, long textual, long total, int tensors)
    {
        foreach (ParameterNaming naming in Enum.GetValues<ParameterNaming>())
        {
            using DualEncoder model = Plan(DualEncoderPresets.Get(name, frameCount: 4) with { Naming = naming });
            IReadOnlyList<Parameter> parameters = model.Parameters.Parameters;
            Assert.Equal(visual, parameters.Where(parameter =>
                parameter.Name.StartsWith("visual.", StringComparison.Ordinal)).Sum(parameter => parameter.Shape.Count));
            Assert.Equal(textual, parameters.Where(parameter =>
                parameter.Name.StartsWith("textual.", StringComparison.Ordinal)).Sum(parameter => parameter.Shape.Count));
            Assert.Equal(total, model.Parameters.ValueCount);
            Assert.Equal(tensors, parameters.Count);
        }
    }

    [Theory]
    [InlineData("logit_scale", new int[0])]
    [InlineData("visual.class_embedding", new[] { 768 })]
    [InlineData("visual.positional_embedding", new[] { 197, 768 })]
    [InlineData("visual.temporal_embedding", new[] { 4, 768 })]
    [InlineData("visual.image_projection", new[] { 768, 256 })]
    [InlineData("visual.conv1.weight", new[] { 768, 768 })]
    [InlineData("visual.ln_pre.bias", new[] { 768 })]
    [InlineData("visual.transformer.resblocks.11.attn.Wqkv.weight", new[] { 2304, 768 })]
    [InlineData("visual.transformer.resblocks.0.attn.out_proj.bias", new[] { 768 })]
    [InlineData("visual.transformer.resblocks.0.mlp.fc1.weight", new[] { 3072, 768 })]
    [InlineData("visual.ln_post.weight", new[] { 768 })]
    [InlineData("textual.positional_embedding", new[] { 77, 512 })]
    [InlineData("textual.text_projection", new[] { 512, 256 })]
    [InlineData("textual.token_embedding.weight", new[] { 49408, 512 })]
    [InlineData("textual.transformer.resblocks.3.attn.in_proj_weight", new[] { 1536, 512 })]
    [InlineData("textual.transformer.resblocks.3.attn.in_proj_bias", new[] { 1536 })]
    [InlineData("textual.transformer.resblocks.3.mlp.c_proj.weight", new[] { 512, 2048 })]
    [InlineData("textual.ln_final.bias", new[] { 512 })]
    public void ViT_B_16_has_the_published_tensor(string name, int[] shape)
    {
        using DualEncoder model = Plan(DualEncoderPresets.Get("ViT-B/16"));
        Assert.Equal(Shape.From(shape), model.Parameters[name].Shape);
    }

    [Theory]
    [InlineData("visual.transformer.resblocks.11.attn.in_proj_weight", new[] { 2304, 768 })]
    [InlineData("visual.transformer.resblocks.11.attn.in_proj_bias", new[] { 2304 })]
    [InlineData("visual.transformer.resblocks.11.mlp.c_fc.bias", new[] { 3072 })]
    [InlineData("visual.transformer.resblocks.11.mlp.c_proj.weight", new[] { 768, 3072 })]
    [InlineData("visual.conv1.weight", new[] { 768, 3, 16, 16 })]
    public void Plain_naming_and_convolution_have_the_published_tensor(string name, int[] shape)
    {
        using DualEncoder model = Plan(DualEncoderPresets.Get("ViT-B/16") with
        {
            Naming = ParameterNaming.Plain, PatchProjection = PatchProjectionLayout.Convolution,
        });
        Assert.Equal(Shape.From(shape), model.Parameters[name].Shape);
    }

    [Fact]
    public void A_model_of_one_frame_has_no_time_embedding()
    {
        using DualEncoder model = Plan(DualEncoderPresets.Get("ViT-B/16", frameCount: 1));
        Assert.False(model.Parameters.Contains("visual.temporal_embedding"));
    }

    [Fact]
    public void First_values_depend_on_seed_and_name_alone_and_have_the_stated_deviation()
    {
        using ReferenceDevice device = new();
        DualEncoderConfig small = SmallModel.Config;
        using DualEncoder first = DualEncoder.Create(small, device, seed: 5);
        using DualEncoder deeper = DualEncoder.Create(small with { Vision = small.Vision with { LayerCount = 3 } }, device, seed: 5);
        using DualEncoder other = DualEncoder.Create(small, device, seed: 6);
        const string Name = "visual.transformer.resblocks.0.attn.Wqkv.weight";
        float[] values = first.Values(Name);
        Assert.Equal(values, deeper.Values(Name));
        Assert.NotEqual(values, other.Values(Name));
        double deviation = Math.Sqrt(values.Average(value => (double)value * value));
        Assert.InRange(deviation, 0.0195, 0.0205);
        Assert.All(first.Values("visual.transformer.resblocks.0.ln_1.weight"), value => Assert.Equal(1f, value));
        Assert.All(first.Values("visual.temporal_embedding"), value => Assert.Equal(0f, value));
        Assert.Equal((float)Math.Log(1 / 0.07), first.Values("logit_scale")[0]);
        double bound = 1 / Math.Sqrt(3 * 8 * 8);
        Assert.InRange(first.Values("visual.conv1.weight").Max(), 0.95 * bound, bound);
    }

    [Theory]
    [InlineData(31, 8, 48, 3, "ImageSize is 31")]
    [InlineData(32, 8, 48, 5, "Width is 48")]
    [InlineData(32, 0, 48, 3, "PatchSize is 0")]
    public void Sizes_that_do_not_go_together_are_refused(int image, int patch, int width, int heads, string expected)
    {
        DualEncoderConfig config = SmallModel.Config with
        {
            Vision = SmallModel.Config.Vision with { ImageSize = image, PatchSize = patch, Width = width, HeadCount = heads },
        };
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => Plan(config)).Message, StringComparison.Ordinal);
    }

    private static DualEncoder Plan(DualEncoderConfig config) =>
        DualEncoder.Create(config, new PlanningDevice(), seed: 0, withGradients: false);
}
