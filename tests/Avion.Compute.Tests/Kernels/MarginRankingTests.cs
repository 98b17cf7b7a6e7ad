namespace Avion.Compute.Tests;

/// <summary>What the margin ranking losses make of numbers that are none: a training notices by its loss that it went wrong.</summary>
public sealed class MarginRankingTests
{
    private const int Pairs = 5, Columns = 3;

    private static readonly MarginRule[] s_rules = [MarginRule.Fixed(), MarginRule.Adaptive(), MarginRule.SymmetricMultiSimilarity()];

    [Theory]
    [InlineData(MarginKind.Fixed, false)]
    [InlineData(MarginKind.Adaptive, false)]
    [InlineData(MarginKind.Adaptive, true)]
    [InlineData(MarginKind.SymmetricMultiSimilarity, false)]
    [InlineData(MarginKind.SymmetricMultiSimilarity, true)]
    public void A_number_that_is_none_makes_the_loss_none_as_in_double_precision(MarginKind kind, bool isRelevancy)
    {
        (double loss, double[] gradients) = Run(new CpuDevice(1), kind, isRelevancy);
        (double expectedLoss, double[] expected) = Run(new ReferenceDevice(), kind, isRelevancy);
        Assert.Equal((true, true), (double.IsNaN(expectedLoss), double.IsNaN(loss)));
        Assert.Contains(expected, double.IsNaN);
        Assert.Equal(expected.Select(double.IsNaN), gradients.Select(double.IsNaN));
    }

    [Fact]
    public void A_pair_with_a_number_that_is_none_has_no_loss_and_no_slope()
    {
        foreach (MarginRule rule in s_rules)
        {
            Assert.Equal((double.NaN, double.NaN), rule.Of(double.NaN, 1, 0));
            Assert.Equal(rule.NeedsRelevancy, double.IsNaN(rule.Of(0, double.NaN, 0).Loss));

            // A difference without bounds is a number: far apart costs nothing, the wrong way round everything.
            Assert.Equal((double.PositiveInfinity, 1), rule.Of(double.NegativeInfinity, 1, 0));
        }

        Assert.Equal((0, 0), s_rules[0].Of(double.PositiveInfinity, 1, 0));
    }

    private static (double Loss, double[] Gradients) Run(Device opened, MarginKind kind, bool isRelevancy)
    {
        using Device device = opened;
        using Tape tape = new(device);
        using ParameterStore store = new();
        Parameter image = store.Add("image", new Shape(Pairs, Columns)), text = store.Add("text", new Shape(Pairs, Columns));
        store.Allocate(device);
        device.Clear(store.Gradients);
        float[] pixels = [.. Enumerable.Range(0, Pairs * Columns).Select(i => MathF.Sin((0.7f * i) + 0.3f))];
        float[] relevancies = [.. Enumerable.Range(0, Pairs * Pairs).Select(i => i % (Pairs + 1) == 0 ? 1 : i % 4 / 8f)];
        (isRelevancy ? relevancies : pixels)[Pairs + 1] = float.NaN;
        device.Upload(pixels, image.Value);
        device.Upload([.. Enumerable.Range(0, Pairs * Columns).Select(i => MathF.Sin((0.7f * i) + 1.1f))], text.Value);
        Tensor relevancy = tape.AllocateStatistics(new Shape(Pairs, Pairs));
        device.Upload(relevancies, relevancy);
        Tensor rows = tape.Allocate(new Shape(Pairs), ElementType.Int32);
        device.Upload([.. Enumerable.Range(0, Pairs)], rows);
        Tensor loss = tape.MarginRankingLoss(
            tape.Embed(image, rows), tape.Embed(text, rows), s_rules[(int)kind], kind == MarginKind.Fixed ? default : relevancy);
        tape.Backward(loss);
        return (Read(loss)[0], [.. Read(image.Gradient), .. Read(text.Gradient)]);

        double[] Read(Tensor tensor)
        {
            float[] values = new float[tensor.Count];
            device.Download(tensor, values);
            return [.. values.Select(value => (double)value)];
        }
    }
}
