namespace Avion.Training.Tests;

public sealed class UpdateRangesTests
{
    [Theory]
    [InlineData("visual.conv1.weight", 2, true)]
    [InlineData("visual.temporal_embedding", 2, true)]
    [InlineData("visual.image_projection", 2, true)]
    [InlineData("textual.token_embedding.weight", 2, true)]
    [InlineData("visual.transformer.resblocks.0.attn.Wqkv.weight", 2, true)]
    [InlineData("mask_token", 3, true)]
    [InlineData("visual.positional_embedding", 2, false)]
    [InlineData("visual.transformer.resblocks.0.ln_1.weight", 1, false)]
    [InlineData("visual.transformer.resblocks.0.attn.Wqkv.bias", 1, false)]
    [InlineData("visual.class_embedding", 1, false)]
    [InlineData("logit_scale", 0, false)]
    public void Parameters_decay_as_in_the_reference(string name, int rank, bool decays)
    {
        ParameterStore store = new();
        Parameter parameter = store.Add(name, Shape.From(Enumerable.Repeat(2, rank).ToArray()));
        Assert.Equal(decays, WeightDecay.AppliesTo(parameter));
    }

    [Fact]
    public void Ranges_cover_each_trained_element_once_with_its_decay()
    {
        ParameterStore store = new();
        Random random = new(1);
        for (int i = 0; i < 60; i++)
        {
            Parameter parameter = random.Next(2) == 0
                ? store.Add($"layer{i}.weight", new Shape(random.Next(1, 9), random.Next(1, 9)))
                : store.Add($"layer{i}.bias", new Shape(random.Next(1, 40)));
            parameter.IsFrozen = random.Next(5) == 0;
        }

        UpdateRange[] ranges = UpdateRanges.Of(store, 0.25);
        foreach (Parameter parameter in store.Parameters)
        {
            for (long element = parameter.Offset; element < parameter.Offset + parameter.Shape.Count; element++)
            {
                UpdateRange[] holding = [.. ranges.Where(range => element >= range.First && element < range.First + range.Count)];
                Assert.Equal(parameter.IsFrozen ? 0 : 1, holding.Length);
                Assert.All(holding, range => Assert.Equal(WeightDecay.AppliesTo(parameter) ? 0.25f : 0, range.WeightDecay));
            }
        }

        Assert.True(ranges.Length < store.Parameters.Count(parameter => !parameter.IsFrozen),
            "Neighbours with the same decay are one range.");
    }
}
