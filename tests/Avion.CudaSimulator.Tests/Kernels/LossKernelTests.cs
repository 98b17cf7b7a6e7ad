namespace Avion.CudaSimulator.Tests;

/// <summary>What losses over pairs do at the borders of their inputs, which the operations' cases do not reach.</summary>
public sealed class LossKernelTests
{
    private const int Pairs = 72, Columns = 8;

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.BFloat16)]
    public void Of_equal_scores_the_first_counts(ElementType type)
    {
        // Each eighth row is the same: the partners of the first eight alone come before their equals, in other lanes and tiles too.
        (_, float accuracy, _) = Run(type, (row, column) => row % Columns == column ? 1 : 0);
        Assert.Equal(8f / Pairs, accuracy, 1e-7f);
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.BFloat16)]
    public void The_scale_alone_gets_its_gradient(ElementType type)
    {
        // Of each row's 72 scores, nine are s and the others 0: the loss is ln(9 e^s + 63) - s.
        (float loss, _, float gradient) = Run(type, (row, column) => row % Columns == column ? 1 : 0);
        double scale = Math.Exp(0.5), weight = 9 * Math.Exp(scale), others = Pairs - 9;
        Assert.Equal(Math.Log(weight + others) - scale, loss, 1e-5);
        Assert.Equal(scale * ((weight / (weight + others)) - 1), gradient, 1e-5);
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.BFloat16)]
    public void A_number_that_is_none_makes_the_loss_none(ElementType type)
    {
        (float loss, _, float gradient) = Run(type, (row, column) => row == 70 && column == 3 ? float.NaN : 0.1f);
        Assert.True(float.IsNaN(loss));
        Assert.True(float.IsNaN(gradient));
    }

    [Theory]
    [InlineData(ElementType.Float32, MarginKind.Fixed)]
    [InlineData(ElementType.BFloat16, MarginKind.Adaptive)]
    [InlineData(ElementType.Float32, MarginKind.SymmetricMultiSimilarity)]
    public void A_number_that_is_none_makes_the_margin_ranking_loss_none(ElementType type, MarginKind kind)
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver, activationType: type);
        using Tape tape = new(device);
        MarginRule rule = kind == MarginKind.Fixed ? MarginRule.Fixed()
            : kind == MarginKind.Adaptive ? MarginRule.Adaptive() : MarginRule.SymmetricMultiSimilarity();
        Tensor relevancy = tape.AllocateStatistics(new Shape(Pairs, Pairs));
        device.Upload([.. Enumerable.Range(0, Pairs * Pairs).Select(i => i % (Pairs + 1) == 0 ? 1f : 0.25f)], relevancy);
        Assert.True(float.IsFinite(LossOf(_ => 0.1f)));
        Assert.True(float.IsNaN(LossOf(i => i == (70 * Columns) + 3 ? float.NaN : 0.1f)));

        float LossOf(Func<int, float> value)
        {
            Tensor rows = tape.Allocate(new Shape(Pairs, Columns));
            device.Upload([.. Enumerable.Range(0, Pairs * Columns).Select(value)], rows);
            float[] number = new float[1];
            device.Download(tape.MarginRankingLoss(rows, rows, rule, rule.NeedsRelevancy ? relevancy : default), number);
            return number[0];
        }
    }

    private static (float Loss, float Accuracy, float ScaleGradient) Run(ElementType type, Func<int, int, float> value)
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver, activationType: type);
        using Tape tape = new(device);
        using ParameterStore store = new();
        Parameter scale = store.Add("logit_scale", Shape.Scalar);
        store.Allocate(device);
        device.Clear(store.Gradients);
        device.Upload([0.5f], scale.Master);
        Tensor rows = tape.Allocate(new Shape(Pairs, Columns));
        device.Upload([.. Enumerable.Range(0, Pairs * Columns).Select(i => value(i / Columns, i % Columns))], rows);
        Tensor loss = tape.ContrastiveLoss(rows, rows, scale, out Tensor accuracy);
        (float Loss, float Accuracy) forward = (Number(loss), Number(accuracy));
        tape.Backward(loss);
        return (forward.Loss, forward.Accuracy, Number(scale.Gradient));

        float Number(Tensor tensor)
        {
            float[] number = new float[1];
            device.Download(tensor, number);
            return number[0];
        }
    }
}
