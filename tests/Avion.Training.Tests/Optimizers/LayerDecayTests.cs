namespace Avion.Training.Tests;

public sealed class LayerDecayTests
{
    [Theory]
    [InlineData("patch_embed.proj.weight", 0.02376)]
    [InlineData("pos_embed", 0.02376)]
    [InlineData("cls_token", 0.02376)]
    [InlineData("blocks.0.attn.Wqkv.weight", 0.031676)]
    [InlineData("blocks.10.norm1.bias", 0.5625)]
    [InlineData("blocks.11.mlp.fc2.weight", 0.75)]
    [InlineData("fc_norm.weight", 1)]
    [InlineData("head.weight", 1)]
    public void Factors_of_a_classifier_are_those_of_the_reference(string name, double factor)
    {
        ParameterStore store = new();
        string[] names =
        [
            "patch_embed.proj.weight", "pos_embed", "cls_token", "fc_norm.weight", "head.weight",
            .. Enumerable.Range(0,
                12).SelectMany(k => new[] { $"blocks.{k}.attn.Wqkv.weight", $"blocks.{k}.norm1.bias", $"blocks.{k}.mlp.fc2.weight" }),
        ];
        Array.ForEach(names, parameter => store.Add(parameter, new Shape(2, 2)));
        Assert.Equal(factor, new LayerDecay(store, 0.75).FactorOf(store[name]), 1e-5);
        Assert.Equal(1, new LayerDecay(store, 1).FactorOf(store[name]));
    }

    [Theory]
    [InlineData("visual.conv1.weight", 0.125)]
    [InlineData("visual.ln_pre.weight", 0.125)]
    [InlineData("visual.transformer.resblocks.0.ln_1.weight", 0.25)]
    [InlineData("visual.transformer.resblocks.1.ln_1.weight", 0.5)]
    [InlineData("visual.image_projection", 1)]
    [InlineData("textual.token_embedding.weight", 0.0625)]
    [InlineData("textual.transformer.resblocks.0.ln_1.weight", 0.125)]
    [InlineData("textual.transformer.resblocks.2.ln_1.weight", 0.5)]
    [InlineData("textual.ln_final.weight", 1)]
    [InlineData("logit_scale", 1)]
    public void Each_tower_counts_its_own_blocks(string name, double factor)
    {
        ParameterStore store = new();
        string[] names =
        [
            "logit_scale", "visual.conv1.weight", "visual.ln_pre.weight", "visual.image_projection", "textual.token_embedding.weight",
            "textual.ln_final.weight", .. Enumerable.Range(0, 2).Select(k => $"visual.transformer.resblocks.{k}.ln_1.weight"),
            .. Enumerable.Range(0, 3).Select(k => $"textual.transformer.resblocks.{k}.ln_1.weight"),
        ];
        Array.ForEach(names, parameter => store.Add(parameter, new Shape(2)));
        Assert.Equal(factor, new LayerDecay(store, 0.5).FactorOf(store[name]), 1e-12);
    }

    [Theory]
    [InlineData("adamw")]
    [InlineData("lion")]
    [InlineData("sgd")]
    public void A_step_with_layer_decay_is_a_step_at_each_layers_rate(string kind)
    {
        using Device device = new CpuDevice(1);
        float[] Step(double rate, double layerDecay, string name)
        {
            using ParameterStore store = new();
            Parameter[] parameters =
                [store.Add("pos_embed", new Shape(5)), store.Add("blocks.0.weight", new Shape(5)), store.Add("head.weight", new Shape(5))];
            store.Allocate(device);
            Array.ForEach(parameters, parameter => device.Upload((ReadOnlySpan<float>)[1, -2, 3, -4, 5], parameter.Gradient));
            using Optimizer optimizer = Optimizer.Create(new OptimizerRecipe { Kind = kind, LayerDecay = layerDecay }, store, device);
            optimizer.Step(rate, 1);
            float[] values = new float[5];
            device.Download(store[name].Value, values);
            return values;
        }

        Assert.Equal(Step(0.25, 1, "pos_embed"), Step(1, 0.5, "pos_embed"));
        Assert.Equal(Step(0.5, 1, "blocks.0.weight"), Step(1, 0.5, "blocks.0.weight"));
        Assert.Equal(Step(1, 1, "head.weight"), Step(1, 0.5, "head.weight"));
        Assert.NotEqual(Step(1, 1, "pos_embed"), Step(1, 0.5, "pos_embed"));
    }
}
