namespace Avion.Training.Tests;

public sealed class NamePatternTests
{
    [Theory]
    [InlineData("visual.*", "visual.conv1.weight", true)]
    [InlineData("visual.*", "textual.visual.x", false)]
    [InlineData("*_projection", "visual.image_projection", true)]
    [InlineData("*_projection", "visual.image_projection.bias", false)]
    [InlineData("visual.*.ln_*.bias", "visual.transformer.resblocks.11.ln_2.bias", true)]
    [InlineData("visual.*.ln_*.bias", "visual.ln_pre.bias", false)]
    [InlineData("*", "anything", true)]
    [InlineData("a*a", "a", false)]
    [InlineData("a*a", "aa", true)]
    [InlineData("a*b*c", "abbc", true)]
    [InlineData("a*bc*c", "abc", false)]
    [InlineData("logit_scale", "logit_scale", true)]
    [InlineData("logit_scale", "logit_scales", false)]
    [InlineData("", "x", false)]
    public void A_star_stands_for_any_letters(string pattern, string name, bool matches) =>
        Assert.Equal(matches, NamePattern.Matches(pattern, name));
}
