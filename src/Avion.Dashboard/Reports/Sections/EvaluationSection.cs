namespace Avion.Dashboard;

/// <summary>What was measured on held-out clips, beside what chance gives.</summary>
internal static class EvaluationSection
{
    public static void Append(HtmlText page, RunReport report, ChartBoxes charts)
    {
        page.Element("h2", "Evaluation");
        if (report.Findings.Figures.Count > 0)
        {
            page.Markup("<div class=\"card table\">").Table("Figures", ["figure", "#measured", "#chance"],
                report.Findings.Figures.Select(figure => (IReadOnlyList<string>)[figure.Name, figure.Value, figure.Chance]))
                .Markup("</div>\n");
        }

        RunLogEntry[] evaluations = [.. report.History.Of(RunLogKind.Evaluation)];
        if (evaluations.Length == 0)
        {
            page.Element("p", "The run has not been evaluated: its log holds no evaluation.", "class=\"notice\"");
            return;
        }

        RunLogEntry last = evaluations[^1];
        page.Element("p", $"Held-out clips after step {last.Step}, the newest of {Quantity.Count(evaluations.Length, "evaluation")}; "
            + "beside each value what a random answer gives, where that has a meaning.", "class=\"faint\"");
        page.Markup("<div class=\"card table\">")
            .Table("The newest evaluation", ["metric", "#measured", "#chance"], MetricValue.All(report.History, last.Values)
            .Select(RowOf)).Markup("</div>\n");
        if (evaluations.Length > 1)
        {
            charts.Append(RunCurves.OfEvaluations([("", report.History)], byTime: false));
        }
    }

    private static IReadOnlyList<string> RowOf(MetricValue metric)
    {
        bool isCount = metric.Chance is null && metric.Value is { } value && value == Math.Floor(value);
        return [metric.SmallerIsBetter ? $"{metric.Title} (smaller is better)" : metric.Title, ReportNumber.OfMetric(metric.Value, isCount),
            metric.Chance is { } chance ? ReportNumber.OfMetric(chance, isCount: false) : ""];
    }
}
