namespace Avion.Compute.Tests;

/// <summary>Losses over pairs against numbers that the reference gave for 6 pairs of 5 columns, sin(0.7 j + 0.3) and sin(0.7 j + 1.1),
/// scaled to length one.</summary>
public sealed class ContrastiveFixtureTests
{
    private const int Pairs = 6, Columns = 5, Scale = 4;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Contrastive_loss_accuracy_and_gradients_match_reference(bool isReference)
    {
        JsonElement expected = Fixture().GetProperty("single");
        Result actual = Run(isReference, 0, Pairs, Contrastive);
        Assert.Equal(expected.GetProperty("loss").GetDouble(), actual.Loss, 1e-6);
        Assert.Equal(expected.GetProperty("acc").GetDouble(), 100 * actual.Accuracy, 1e-4);
        AssertNear(Numbers(expected.GetProperty("gA")), actual.Image, 2e-6);

        // The reference differentiates by the scale, here by its logarithm.
        Assert.Equal(expected.GetProperty("gScale").GetDouble() * Scale, actual.LogScale, 2e-6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Local_contrastive_losses_of_two_ranks_match_reference(bool isReference)
    {
        JsonElement ranks = Fixture().GetProperty("dist2");
        Result[] actual = [Run(isReference, 0, Pairs / 2, Contrastive), Run(isReference, Pairs / 2, Pairs / 2, Contrastive)];
        for (int rank = 0; rank < 2; rank++)
        {
            JsonElement expected = ranks.GetProperty(rank == 0 ? "0" : "1").GetProperty("local_grad");
            Assert.Equal(expected.GetProperty("loss").GetDouble(), actual[rank].Loss, 1e-6);
            Assert.Equal(expected.GetProperty("acc").GetDouble(), 100 * actual[rank].Accuracy, 1e-4);
            Assert.Equal(expected.GetProperty("gScale").GetDouble() * Scale, actual[rank].LogScale, 2e-6);

            // What a gather with gradients hands back to a rank is the sum over the ranks of the gradients of its rows.
            int first = rank * Pairs / 2 * Columns;
            double[] sum = [.. Enumerable.Range(first, Pairs / 2 * Columns).Select(i => actual[0].Image[i] + actual[1].Image[i])];
            AssertNear(Numbers(expected.GetProperty("gA")), sum, 4e-6);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Max_margin_loss_and_gradient_match_reference(bool isReference)
    {
        JsonElement expected = Fixture().GetProperty("mm_single");
        Result actual = Run(isReference, 0, Pairs, MaxMargin);
        Assert.Equal(expected.GetProperty("loss").GetDouble(), actual.Loss, 1e-6);
        AssertNear(Numbers(expected.GetProperty("gA")), actual.Image, 2e-6);
    }

    private delegate Tensor LossOf(Tape tape, Tensor image, Tensor text, Tensor ownImage, Tensor ownText, Parameter scale, int first,
        out Tensor accuracy);

    private static Tensor Contrastive(Tape tape, Tensor image, Tensor text, Tensor ownImage, Tensor ownText, Parameter scale, int first,
        out Tensor accuracy) =>
        tape.ContrastiveLoss(ownImage, ownText, image, text, scale, first, out accuracy);

    private static Tensor MaxMargin(Tape tape, Tensor image, Tensor text, Tensor ownImage, Tensor ownText, Parameter scale, int first,
        out Tensor accuracy)
    {
        accuracy = default;
        return tape.MarginRankingLoss(image, text, MarginRule.Fixed());
    }

    private static Result Run(bool isReference, int first, int count, LossOf lossOf)
    {
        using Device device = isReference ? new ReferenceDevice() : new CpuDevice(2);
        using Tape tape = new(device);
        using ParameterStore store = new();
        Parameter image = store.Add("image", new Shape(Pairs, Columns)), text = store.Add("text", new Shape(Pairs, Columns));
        Parameter scale = store.Add("scale", Shape.Scalar);
        store.Allocate(device);
        device.Upload([.. Enumerable.Range(0, Pairs * Columns).Select(j => (float)Math.Sin((0.7 * j) + 0.3))], image.Value);
        device.Upload([.. Enumerable.Range(0, Pairs * Columns).Select(j => (float)Math.Sin((0.7 * j) + 1.1))], text.Value);
        device.Upload([MathF.Log(Scale)], scale.Value);
        Tensor allRows = Rows(tape, 0, Pairs), ownRows = Rows(tape, first, count);
        Tensor images = tape.NormalizeRows(tape.Embed(image, allRows)), texts = tape.NormalizeRows(tape.Embed(text, allRows));
        Tensor loss = lossOf(tape, images, texts, tape.GatherRows(images, ownRows), tape.GatherRows(texts, ownRows), scale, first,
            out Tensor accuracy);
        Result result = new() { Loss = Read(device, loss)[0], Accuracy = accuracy.IsAbsent ? 0 : Read(device, accuracy)[0] };
        tape.Backward(loss);
        return result with { Image = Read(device, image.Gradient), LogScale = Read(device, scale.Gradient)[0] };
    }

    private static Tensor Rows(Tape tape, int first, int count)
    {
        Tensor rows = tape.Allocate(new Shape(count), ElementType.Int32);
        tape.Device.Upload([.. Enumerable.Range(first, count)], rows);
        return rows;
    }

    private static double[] Read(Device device, Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        device.Download(tensor, values);
        return [.. values.Select(value => (double)value)];
    }

    private static void AssertNear(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], tolerance);
        }
    }

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(element => element.GetDouble())];

    private static JsonElement Fixture() => JsonDocument.Parse(File.ReadAllText(Repository.Asset("fixtures", "losses.json"))).RootElement;

    private sealed record Result
    {
        public double Loss { get; init; }

        public double Accuracy { get; init; }

        public double LogScale { get; init; }

        public double[] Image { get; init; } = [];
    }
}
