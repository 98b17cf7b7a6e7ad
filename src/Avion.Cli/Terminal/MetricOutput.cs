namespace Avion.Cli;

/// <summary>Writes metrics to standard output, as a table or as one JSON object.</summary>
internal static class MetricOutput
{
    public static void WriteTable(EvaluationResult result)
    {
        ResultTable table = new("metric", "value");
        foreach (Scalar metric in result.Values)
        {
            // Counts are whole numbers, and have no chance level as shares have.
            bool isCount = metric.Value == Math.Floor(metric.Value) && !metric.Name.EndsWith(RunLogLabels.ChanceSuffix, StringComparison.Ordinal)
                && result.Find(metric.Name + RunLogLabels.ChanceSuffix) is null;
            table.Add(metric.Name, metric.Value.ToString(isCount ? "0" : "0.0000", CultureInfo.InvariantCulture));
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
}
