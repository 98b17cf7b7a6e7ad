namespace Avion.Cli;

/// <summary>Writes metrics to standard output, as a table or as one JSON object.</summary>
internal static class MetricOutput
{
    /// <summary>A row a metric: its title, its value, and beside it what a random answer gives.</summary>
    public static void WriteTable(EvaluationResult result)
    {
        Dictionary<string, string> titles = result.Metrics.ToDictionary(metric => metric.Name, metric => metric.Title);
        ResultTable table = new("metric", "measured", "chance");
        foreach (Scalar metric in result.Values.Where(value => !value.Name.EndsWith(RunLogLabels.ChanceSuffix, StringComparison.Ordinal)))
        {
            double? chance = result.Find(metric.Name + RunLogLabels.ChanceSuffix);

            // Counts are whole numbers, and have no chance level as shares have.
            bool isCount = metric.Value == Math.Floor(metric.Value) && chance is null;
            table.Add(titles.GetValueOrDefault(metric.Name) ?? MetricTitle.Of(metric.Name), Number(metric.Value, isCount ? "0" : "0.000"),
                chance is { } value ? Number(value, "0.000") : "");
        }

        table.Write();
    }

    /// <summary>Writes fields of the caller's, then one field for each metric.</summary>
    public static void WriteJson(EvaluationResult? result, Action<Utf8JsonWriter>? writeFields = null)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            writeFields?.Invoke(json);
            foreach (Scalar metric in result?.Values ?? [])
            {
                json.WriteNumber(metric.Name, metric.Value);
            }

            json.WriteEndObject();
        }

        Console.Out.WriteLine(System.Text.Encoding.UTF8.GetString(text.ToArray()));
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
