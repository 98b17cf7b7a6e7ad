using System.Runtime.InteropServices;

namespace Avion.Compute.Tests;

/// <summary>The gradient of a loss over the gathered rows of several ranks is that of one rank with the whole batch.</summary>
public sealed class AllGatherRowsTests
{
    private const int BatchSize = 24, Inputs = 7, Columns = 10;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void Contrastive_gradient_of_ranks_is_that_of_one_batch_in_double_precision(int ranks) =>
        AssertGradients(ranks, _ => new ReferenceDevice(), bound: 1e-12);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Contrastive_gradient_of_ranks_is_that_of_one_batch_in_float32(int ranks) =>
        AssertGradients(ranks, _ => new CpuDevice(1, new ManagedMatrixLibrary()), bound: 2e-6);

    [Fact]
    public void Backward_sums_what_every_rank_wants_of_a_row()
    {
        // Rank r's gradient of gathered row i is (r + 1)·(i + 1); summed over three ranks, 6·(i + 1).
        RankThreads.RunAll(3, rank =>
        {
            using ReferenceDevice device = new();
            using OpInputs inputs = new(device, 3);
            Parameter x = inputs.Parameter("x", new Shape(2, 4));
            inputs.FillParameters();
            using Tape tape = new(device);
            OpRun run = new(tape);
            Tensor all = tape.AllGatherRows(rank, run.Read(x));
            Assert.Equal(new Shape(6, 4), all.Shape);
            float[] gradient = [.. Enumerable.Range(0, 24).Select(i => (rank.Rank + 1f) * ((i / 4) + 1))];
            tape.SeedGradient(all, inputs.Constant(all.Shape, gradient));
            tape.BackwardFromSeeds();
            Assert.Equal(Enumerable.Range(0, 8).Select(i => 6.0 * ((rank.Rank * 2) + (i / 4) + 1)), Values(x.Gradient));
        });
    }

    [Fact]
    public void One_rank_gathers_without_a_copy()
    {
        using ReferenceDevice device = new();
        using Tape tape = new(device);
        Tensor x = tape.Output(new Shape(2, 3), differentiable: true);
        Tensor y = tape.AllGatherRows(new SingleRank(device), x);
        Assert.Equal((x.Data, x.Slot), (y.Data, y.Slot));
    }

    private static void AssertGradients(int ranks, Func<int, HostDevice> device, double bound)
    {
        (double loss, double[] gradient) = LossAndGradient(1, device);
        (double ranksLoss, double[] ranksGradient) = LossAndGradient(ranks, device);
        Assert.Equal(loss, ranksLoss, bound * Math.Abs(loss));
        double scale = gradient.Max(Math.Abs), difference = gradient.Zip(ranksGradient, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(scale > 1e-3);
        Assert.True(difference <= bound * scale, $"The gradients differ by {difference / scale:G3} of the largest, expected at most {bound}.");
    }

    /// <summary>Mean loss and summed gradient of a two-tower model whose batch is dealt to the ranks in turn.</summary>
    private static (double Loss, double[] Gradient) LossAndGradient(int ranks, Func<int, HostDevice> device)
    {
        double[] losses = new double[ranks];
        double[][] gradients = new double[ranks][];
        RankThreads.RunAll(
            ranks,
            rank =>
            {
                using HostDevice own = device(rank.Rank);
                using OpInputs inputs = new(own, 11);
                Parameter imageWeight = inputs.Parameter("image", new Shape(Columns, Inputs));
                Parameter textWeight = inputs.Parameter("text", new Shape(Columns, Inputs));
                Parameter logitScale = inputs.Parameter("logit_scale", Shape.Scalar, mean: 1.5, deviation: 0);
                inputs.FillParameters();
                using Tape tape = new(own);
                Tensor image = tape.NormalizeRows(tape.Linear(Rows("images", rank, inputs), imageWeight, bias: null));
                Tensor text = tape.NormalizeRows(tape.Linear(Rows("texts", rank, inputs), textWeight, bias: null));
                Tensor allImages = tape.AllGatherRows(rank, image), allTexts = tape.AllGatherRows(rank, text);
                Tensor loss = tape.ContrastiveLoss(image, text, allImages, allTexts, logitScale, rank.Rank * image.Shape.Rows, out _);
                losses[rank.Rank] = Values(loss)[0] / ranks;

                // The batch's loss is the mean over the ranks; divided in double precision, as a third has no exact float32.
                tape.Backward(loss);
                rank.AllReduceSum(inputs.Store.Gradients);
                gradients[rank.Rank] = [.. Values(inputs.Store.Gradients).Select(value => value / ranks)];
            },
            device);
        Assert.All(gradients, other => Assert.Equal(gradients[0], other));
        return (losses.Sum(), gradients[0]);
    }

    /// <summary>Rows r, r + W, r + 2 W, … of the batch, for rank r of W.</summary>
    private static Tensor Rows(string name, Communicator rank, OpInputs inputs)
    {
        CounterRandom random = CounterRandom.For(5, name);
        float[] all = [.. Enumerable.Range(0, BatchSize * Inputs).Select(_ => (float)random.NextGaussian())];
        float[] own = [.. Enumerable.Range(0, BatchSize).Where(row => row % rank.RankCount == rank.Rank)
            .SelectMany(row => all.Skip(row * Inputs).Take(Inputs))];
        return inputs.Constant(new Shape(own.Length / Inputs, Inputs), own);
    }

    private static unsafe double[] Values(Tensor tensor) => tensor.Type == ElementType.Float64
        ? MemoryMarshal.CreateReadOnlySpan(ref *(double*)tensor.Data, (int)tensor.Count).ToArray()
        : [.. MemoryMarshal.CreateReadOnlySpan(ref *(float*)tensor.Data, (int)tensor.Count).ToArray().Select(value => (double)value)];
}
