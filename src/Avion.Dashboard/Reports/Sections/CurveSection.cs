namespace Avion.Dashboard;

/// <summary>The curves of training, and the memory that it planned.</summary>
internal static class CurveSection
{
    public static void Append(HtmlText page, RunReport report, ChartBoxes charts)
    {
        page.Element("h2", "Training");
        IReadOnlyList<ChartDescription> curves = RunCurves.OfSteps([("", report.History)], byTime: false);
        if (curves.Count == 0)
        {
            page.Element("p", "There are no curves: the log holds no step.", "class=\"notice\"");
        }
        else
        {
            charts.Append(curves);
        }

        page.Element("h3", "Memory");
        if (report.Memory.Count == 0)
        {
            page.Element("p", "The run's memory.json is not there or cannot be read: what memory was planned is not known.",
                "class=\"notice\"");
            return;
        }

        page.Element("p", $"Planned before the start, {Quantity.Bytes(report.Memory.Sum(part => part.Bytes))} in all"
            + (report.History.Curves.ContainsKey("gpu_memory_bytes") ? "; what the GPU held is among the curves." : "."),
            "class=\"faint\"");
        page.Markup("<div class=\"card table\">").Table("Planned memory", ["part", "#memory"],
            report.Memory.Select(part => (IReadOnlyList<string>)[part.Name, Quantity.Bytes(part.Bytes)])).Markup("</div>\n");
    }
}
