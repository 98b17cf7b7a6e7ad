namespace Avion.Cli;

/// <summary>Prints what `avion bench learn` found: a table for people, or one JSON document.</summary>
internal static class LearningOutput
{
    public static void WriteTable(IReadOnlyList<LearningFigure> figures)
    {
        ResultTable table = new("training", "metric", "value", "chance", "wanted", "what", "steps", "seconds");
        foreach (LearningFigure figure in figures)
        {
            table.Add(
                figure.Trial, figure.Metric, Text(figure.Value), figure.Chance is { } chance ? Text(chance) : "",
                $"{(figure.IsUpperBound ? "≤" : "≥")} {Text(figure.Wanted)} {(figure.IsReached ? "reached" : "missed")}", figure.Title,
                figure.Steps.ToString(CultureInfo.InvariantCulture), figure.Seconds.ToString("0", CultureInfo.InvariantCulture));
        }

        table.Write();
    }

    public static void WriteJson(IReadOnlyList<LearningFigure> figures) => JsonOutput.Write(json =>
    {
        json.WriteBoolean("reached", figures.All(figure => figure.IsReached));
        json.WriteStartArray("figures");
        foreach (LearningFigure figure in figures)
        {
            json.WriteStartObject();
            json.WriteString("training", figure.Trial);
            json.WriteString("metric", figure.Metric);
            json.WriteString("what", figure.Title);
            json.WriteNumber("value", figure.Value);
            if (figure.Chance is { } chance)
            {
                json.WriteNumber("chance", chance);
            }

            json.WriteNumber("wanted", figure.Wanted);
            json.WriteBoolean("upper_bound", figure.IsUpperBound);
            json.WriteBoolean("reached", figure.IsReached);
            json.WriteNumber("steps", figure.Steps);
            json.WriteNumber("seconds", figure.Seconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Text(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
