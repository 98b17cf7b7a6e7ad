namespace Avion.ConformanceTool;

/// <summary>Compares a model's parameters and gradients with those of the reference, by name.</summary>
internal static class GradientComparison
{
    /// <summary>Names and shapes have to be the same.</summary>
    public static void Parameters(Model model, JsonElement fixture, FigureList figures)
    {
        IReadOnlyDictionary<string, Shape> expected = fixture.Shapes();
        string[] differing =
        [
            .. model.Parameters.Parameters
                .Where(parameter => !expected.TryGetValue(parameter.Name, out Shape shape) || shape != parameter.Shape)
                .Select(parameter => parameter.ToString()),
            .. expected.Keys.Where(name => !model.Parameters.Contains(name)),
        ];
        figures.Same("parameter names and shapes", differing.Length == 0, $"differing: {string.Join(", ", differing.Take(5))}");
    }

    /// <summary>
    /// For each gradient the largest of three errors, all relative to the reference's norm: of the norm, of the first elements, and of
    /// the sum over √n. A gradient that is zero but for rounding is measured against the largest of all, or 1e-9 where all are zero.
    /// </summary>
    public static void Gradients(Model model, JsonElement fixture, FigureList figures)
    {
        const double SmallestShare = 1e-7, SmallestNorm = 1e-9, UnitRoundoff = 1.0 / (1 << 24);
        JsonElement gradients = fixture.Required("gradients");
        double largest = gradients.EnumerateObject().Max(item => item.Value.Double("l2"));
        double floor = Math.Max(SmallestNorm, SmallestShare * largest);
        foreach (JsonProperty item in gradients.EnumerateObject())
        {
            string name = $"gradient {item.Name}";
            if (!model.Parameters.Contains(item.Name))
            {
                figures.Fail(name, "the model has no such parameter");
                continue;
            }

            Parameter parameter = model.Parameters[item.Name];
            double[] actual = model.Device.DownloadExactly(parameter.Gradient);
            double norm = Math.Sqrt(actual.Sum(value => value * value)), sum = actual.Sum();
            double expectedNorm = item.Value.Double("l2"), scale = Math.Max(floor, expectedNorm);
            double error = Math.Max(Math.Abs(norm - expectedNorm), Math.Abs(sum - item.Value.Double("sum")) / Math.Sqrt(actual.Length));
            double[] first = item.Value.Doubles("first3");
            for (int i = 0; i < first.Length && i < actual.Length; i++)
            {
                error = Math.Max(error, Math.Abs(actual[i] - first[i]));
            }

            figures.Difference(name, error / scale, FigureList.GradientTolerance, UnitRoundoff * largest / scale);
        }
    }
}
