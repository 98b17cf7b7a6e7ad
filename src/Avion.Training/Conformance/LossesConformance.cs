using System;
using System.Linq;
using System.Text.Json;
using Avion.Compute;

namespace Avion.Training.Conformance;

/// <summary>The table of losses: the contrastive loss on one rank and on two.</summary>
/// <remarks>
/// Features are the unit rows of sin(0.7 j + 0.3) and sin(0.7 j + 1.1), [6, 5]; gradients are those of the sines. The scale is 4. On two ranks Avion's gradient, the mean over ranks, is
/// the true one. The table's <c>gather_grad</c> and <c>local_grad</c> rows hold twice that, before the mean. Its rows without gradients
/// through gathering are other functions of the reference's (one of them no gradient of any loss) that Avion does not offer.
/// </remarks>
internal sealed class LossesConformance : IConformanceKind
{
    /// <summary>The table has no kind and is known by its first field.</summary>
    public const string KnownBy = "dist2";

    private const int RowCount = 6, ColumnCount = 5, RankCount = 2;
    private const double Scale = 4;

    public string Kind => "losses";

    public void Check(JsonElement fixture, ConformanceContext context, FigureList figures)
    {
        Device device = context.Device;
        using ParameterStore store = new();
        Parameter image = store.Add("image", new Shape(RowCount, ColumnCount)), text = store.Add("text", new Shape(RowCount, ColumnCount));
        Parameter logScale = store.Add("logit_scale", Shape.Scalar);
        store.Allocate(device);
        device.UploadExactly(Features(0.3), image.Value);
        device.UploadExactly(Features(1.1), text.Value);
        device.UploadExactly([Math.Log(Scale)], logScale.Value);
        using Tape tape = new(device);
        JsonElement single = fixture.Required("single");
        Tensor loss = tape.ContrastiveLoss(Rows(tape, image, 0, RowCount), Rows(tape, text, 0, RowCount), logScale, out Tensor accuracy);
        Compare("single", single, device.DownloadExactly(loss)[0], device.DownloadExactly(accuracy)[0], figures);
        tape.Backward(loss);
        double[] gradient = device.DownloadExactly(image.Gradient);
        double scaleGradient = device.DownloadExactly(logScale.Gradient)[0] / Scale;
        figures.Numbers("single, gradient of features", gradient, single.Doubles("gA"), FigureList.GradientTolerance);
        figures.Number("single, gradient of scale", scaleGradient, single.Double("gScale"), FigureList.GradientTolerance);
        CheckRanks(fixture, tape, image, text, logScale, gradient, figures);
    }

    private static void CheckRanks(JsonElement fixture, Tape tape, Parameter image, Parameter text, Parameter logScale, double[] whole, FigureList figures)
    {
        const int RowsOfRank = RowCount / RankCount;
        for (int rank = 0; rank < RankCount; rank++)
        {
            tape.Reset();
            JsonElement ranks = fixture.Required(KnownBy).Required(rank.ToString(System.Globalization.CultureInfo.InvariantCulture));
            int first = rank * RowsOfRank;
            Tensor loss = tape.ContrastiveLoss(Rows(tape, image, first, RowsOfRank), Rows(tape, text, first, RowsOfRank),
                Rows(tape, image, 0, RowCount), Rows(tape, text, 0, RowCount), logScale, first, out Tensor accuracy);
            JsonElement local = ranks.Required("local_grad"), full = ranks.Required("gather_grad");
            Compare($"rank {rank}, local loss", local, tape.Device.DownloadExactly(loss)[0], tape.Device.DownloadExactly(accuracy)[0], figures);
            double[] own = [.. whole.AsSpan(first * ColumnCount, RowsOfRank * ColumnCount).ToArray().Select(value => RankCount * value)];
            figures.Numbers($"rank {rank}, gradient of features (local)", own, local.Doubles("gA"), FigureList.GradientTolerance);
            figures.Numbers($"rank {rank}, gradient of features (gathered)", own, full.Doubles("gA"), FigureList.GradientTolerance);
        }
    }

    private static void Compare(string name, JsonElement expected, double loss, double accuracy, FigureList figures)
    {
        figures.Number($"{name}, loss", loss, expected.Double("loss"));
        figures.Number($"{name}, accuracy", 100 * accuracy, expected.Double("acc"));
    }

    private static Tensor Rows(Tape tape, Parameter features, int first, int count)
    {
        int[] numbers = [.. Enumerable.Range(first, count)];
        Tensor rows = tape.Allocate(new Shape(count), ElementType.Int32);
        tape.Device.Upload(numbers, rows);
        return tape.NormalizeRows(tape.Embed(features, rows));
    }

    private static double[] Features(double phase) => [.. Enumerable.Range(0, RowCount * ColumnCount).Select(j => Math.Sin((0.7 * j) + phase))];
}
