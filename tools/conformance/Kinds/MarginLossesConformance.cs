using System.Text.RegularExpressions;

namespace Avion.ConformanceTool;

/// <summary>Margin ranking losses of pairs of a clip and a text whose relevancies a matrix gives, with the gradients of both features.</summary>
/// <remarks>
/// Features are sin(0.7 j + phase), [count, size], compared by their cosines; pair i is row <c>rows[i]</c> and column <c>columns[i]</c> of
/// the matrix, whose entries stand in units of 1 / N where its name is <c>relevancy_N</c>. A loss is named by its rule and the rule's
/// parameters: <c>max_margin_MARGIN</c>, <c>adaptive_FACTOR</c>, <c>symmetric_multi_similarity_FACTOR_TOLERANCE</c>, the last also with a
/// THRESHOLD behind them. Gradients are those of the sines.
/// </remarks>
internal sealed partial class MarginLossesConformance : IConformanceKind
{
    private const string Relevancy = "relevancy";

    public string Kind => "margin_losses";

    public void Check(JsonElement fixture, ConformanceContext context, FigureList figures)
    {
        using Pairs pairs = new(fixture, context);
        foreach (JsonProperty loss in fixture.Required("losses").EnumerateObject())
        {
            if (RuleOf(loss.Name) is not { } rule)
            {
                figures.Fail(loss.Name, "not compared: Avion has no such loss, or does not know these parameters");
                continue;
            }

            (double value, double[] video, double[] text) = pairs.Loss(rule);
            figures.Number($"{loss.Name}, loss", value, loss.Value.Double("loss"));
            figures.Numbers($"{loss.Name}, gradient of videos", video, loss.Value.Doubles("video_gradient"), FigureList.GradientTolerance);
            figures.Numbers($"{loss.Name}, gradient of texts", text, loss.Value.Doubles("text_gradient"), FigureList.GradientTolerance);
        }
    }

    private static MarginRule? RuleOf(string name)
    {
        Match match = NamePattern().Match(name);
        float[] parameters =
            [.. match.Groups["number"].Captures.Select(capture => float.Parse(capture.Value, CultureInfo.InvariantCulture))];
        return (match.Groups["rule"].Value, parameters) switch
        {
            ("max_margin", [float margin]) => MarginRule.Fixed(margin),
            ("adaptive" or "adaptive_margin", [float factor]) => MarginRule.Adaptive(factor),
            ("symmetric_multi_similarity", [float factor, float tolerance]) =>
                MarginRule.SymmetricMultiSimilarity(factor, tolerance: tolerance),
            ("symmetric_multi_similarity", [float factor, float tolerance, float threshold]) =>
                MarginRule.SymmetricMultiSimilarity(factor, threshold, tolerance),
            _ => null,
        };
    }

    [GeneratedRegex(@"^(?<rule>[a-z_]+?)(_(?<number>[0-9.]+([eE][-+]?[0-9]+)?))*$", RegexOptions.ExplicitCapture)]
    private static partial Regex NamePattern();

    /// <summary>The features and relevancies of a fixture on a device.</summary>
    private sealed class Pairs : IDisposable
    {
        private readonly ParameterStore _store = new();
        private readonly Parameter _video, _text;
        private readonly int[] _places;
        private readonly byte[] _codes;
        private readonly double[] _levels;
        private readonly Shape _matrix;
        private readonly Tape _tape;
        private readonly int _count;

        public Pairs(JsonElement fixture, ConformanceContext context)
        {
            _count = fixture.Int("count");
            Shape shape = new(_count, fixture.Int("size"));
            (_video, _text) = (_store.Add("video", shape), _store.Add("text", shape));
            _store.Allocate(context.Device);
            Fill(_video, fixture.Double("video_phase"), context);
            Fill(_text, fixture.Double("text_phase"), context);
            _store.RefreshValues();
            (_codes, _levels, _matrix) = ReadMatrix(fixture, context);
            int[] rows = fixture.Required("rows").Ints(), columns = fixture.Required("columns").Ints();
            if (rows.Length != _count || columns.Length != _count)
            {
                throw new FormatException($"there are {rows.Length} rows and {columns.Length} columns, expected {_count} of both");
            }

            _places = [.. rows.Zip(columns).SelectMany(pair => new[] { pair.First, pair.Second })];
            _tape = new Tape(context.Device);
        }

        public (double Loss, double[] Video, double[] Text) Loss(MarginRule rule)
        {
            Device device = _tape.Device;
            _tape.Reset();
            _store.ClearGradients();
            Tensor codes = _tape.Allocate(_matrix, ElementType.UInt8), pairs = _tape.Allocate(new Shape(_count, 2), ElementType.Int32),
                levels = _tape.AllocateStatistics(new Shape(_levels.Length)), rows = _tape.Allocate(new Shape(_count), ElementType.Int32);
            device.Upload(_codes, codes);
            device.Upload(_places, pairs);
            device.UploadExactly(_levels, levels);
            device.FillRamp(rows, 0, 1);
            Tensor loss = _tape.MarginRankingLoss(_tape.NormalizeRows(_tape.Embed(_video, rows)), _tape.NormalizeRows(_tape.Embed(_text, rows)),
                rule, _tape.RelevancyOfPairs(codes, levels, pairs));
            double value = device.DownloadExactly(loss)[0];
            _tape.Backward(loss);
            return (value, device.DownloadExactly(_video.Gradient), device.DownloadExactly(_text.Gradient));
        }

        public void Dispose()
        {
            _tape.Dispose();
            _store.Dispose();
        }

        private static void Fill(Parameter features, double phase, ConformanceContext context)
        {
            double[] sines = [.. Enumerable.Range(0, (int)features.Shape.Count).Select(j => Math.Sin((0.7 * j) + phase))];
            context.Device.UploadExactly(context.Inputs(sines), features.Master);
        }

        private static (byte[] Codes, double[] Levels, Shape Shape) ReadMatrix(JsonElement fixture, ConformanceContext context)
        {
            JsonProperty matrix = fixture.EnumerateObject().FirstOrDefault(
                field => field.Name.StartsWith(Relevancy, StringComparison.Ordinal) && field.Value.ValueKind == JsonValueKind.Array);
            if (matrix.Value.ValueKind == JsonValueKind.Undefined)
            {
                throw new KeyNotFoundException($"Field '{Relevancy}' or '{Relevancy}_N' is missing.");
            }

            double unit = matrix.Name.Length > Relevancy.Length
                ? double.Parse(matrix.Name.AsSpan(Relevancy.Length + 1), CultureInfo.InvariantCulture)
                : 1;
            double[][] rows = [.. matrix.Value.EnumerateArray().Select(row => row.Doubles())];
            double[] values = [.. rows.SelectMany(row => row)], different = [.. values.Distinct()];
            if (different.Length > 256 || rows.Any(row => row.Length != rows[0].Length))
            {
                throw new FormatException($"'{matrix.Name}' has {different.Length} different values and rows of "
                    + $"{string.Join(", ", rows.Select(row => row.Length).Distinct())}, expected at most 256 and rows of one length");
            }

            return ([.. values.Select(value => (byte)Array.IndexOf(different, value))],
                context.Inputs([.. different.Select(value => value / unit)]), new Shape(rows.Length, rows[0].Length));
        }
    }
}
