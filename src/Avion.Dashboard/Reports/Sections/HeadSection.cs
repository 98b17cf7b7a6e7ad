namespace Avion.Dashboard;

/// <summary>What was trained, how it went, and all that is needed to do it again.</summary>
internal static class HeadSection
{
    /// <summary>Labels that have a row of their own, or none.</summary>
    private static readonly string[] s_told =
        ["command", "machine", "avion", "matrix library", "instructions", "precision", "decoder", "seed", "clips", "parameters",
            "trained parameters"];

    public static void Append(HtmlText page, RunReport report)
    {
        page.Markup("<header>").Element("h1", report.Title);
        page.Markup("<p class=\"state\">").Markup($"<span class=\"pill {report.Status.Word}\">").Text(report.Status.Word).Markup("</span> ")
            .Text(report.Status.Text).Markup("</p></header>\n");
        AppendTiles(page, report);
        page.Element("h2", "How it was made").Markup("<dl class=\"facts card\">\n");
        foreach ((string name, string value, bool isCode) in FactsOf(report))
        {
            page.Element("dt", name).Markup("<dd>");
            _ = isCode ? page.Element("code", value) : page.Text(value);
            page.Markup("</dd>\n");
        }

        page.Markup("</dl>\n");
        RunFact[] others = [.. RunFact.Of(report.History).Where(fact => !s_told.Contains(fact.Name))];
        if (others.Length > 0)
        {
            page.Markup("<details class=\"card\">").Element("summary", "What else the run says of itself").Markup("<dl class=\"facts\">\n");
            foreach (RunFact fact in others)
            {
                page.Element("dt", fact.Name).Element("dd", fact.Value);
            }

            page.Markup("</dl></details>\n");
        }
    }

    private static void AppendTiles(HtmlText page, RunReport report)
    {
        RunHistory history = report.History;
        page.Markup("<ul class=\"tiles\">\n");
        foreach (MetricValue metric in MetricValue.Newest(history))
        {
            Tile(metric.Title, ReportNumber.OfMetric(metric.Value, isCount: false),
                (metric.Chance is { } chance ? $"chance {ReportNumber.OfMetric(chance, isCount: false)}" : "")
                    + (metric.SmallerIsBetter ? ", smaller is better" : ""));
        }

        if (history.Recent("loss") is { } loss)
        {
            Tile("loss", ReportNumber.Of(loss), history.Curves["loss"].Values is [var first, _, ..]
                ? $"{ReportNumber.Of(first)} at first" : "");
        }

        double? total = history.StartValue("total_steps");
        Tile("steps", ReportNumber.Of(report.Steps), total is { } all && all != report.Steps ? $"of {ReportNumber.Of(all)}" : "");
        Tile("time", Quantity.Duration(report.Times.Working.TotalSeconds), report.Times.Continuations > 0 ? "pauses left out" : "");
        if (TrainingMeans.Of(history) is { } means)
        {
            double rate = Math.Round(means.ClipsPerSecond, means.ClipsPerSecond < 10 ? 1 : 0);
            Tile("rate", $"{rate.ToString(CultureInfo.InvariantCulture)} clips/s", "evaluations left out");
            Tile("waiting for clips", ReportNumber.Percent(means.DataWaitFraction), "of that time");
        }

        page.Markup("</ul>\n").Element("p", $"At the end of the log: {RunVerdict.Of(history).Text}", "class=\"faint\"");

        void Tile(string name, string value, string note)
        {
            page.Markup("<li class=\"tile\"><span class=\"label\">").Text(name).Markup("</span><b>").Text(value)
                .Markup("</b><span class=\"faint\">").Text(note)
                .Markup("</span></li>\n");
        }
    }

    private static IEnumerable<(string Name, string Value, bool IsCode)> FactsOf(RunReport report)
    {
        const string untold = "not told by the log of this run";
        RunHistory history = report.History;
        yield return ("Run", report.Called, false);
        if (report.Commands.Count == 0)
        {
            yield return ("Command", untold, false);
        }

        foreach (StartCommand command in report.Commands)
        {
            yield return (command.Step == 0 ? "Command" : $"Continued at step {command.Step}", command.Text, true);
        }

        yield return ("Seed", history.StartValue("seed") is { } seed ? seed.ToString("0", CultureInfo.InvariantCulture) : untold, false);
        string[] version = Label("avion", untold).Split('+', 2);
        yield return ("Avion", version.Length == 2 ? $"{version[0]}, commit {version[1]}" : version[0], false);
        yield return ("Machine", Label(RunLogLabels.Machine, untold), false);
        yield return ("Matrix library", Label("matrix_library", untold), false);
        yield return ("Instructions", Label("instructions", untold), false);
        yield return ("Precision", Label("precision", untold), false);
        yield return ("Decoder", Label("decoder", untold), false);
        yield return ("Date", report.Times.Began is null ? untold : ReportNumber.Time(report.Times.Began), false);
        yield return ("Last line of the log", report.Times.Last is null ? untold : ReportNumber.Time(report.Times.Last), false);
        yield return ("Duration", Quantity.Duration(report.Times.Working.TotalSeconds), false);
        foreach ((string name, string title) in ((string, string)[])[("clips", "Clips to train on"), ("validation_clips", "Clips held out"),
            ("parameters", "Parameters"), ("trained_parameters", "Parameters trained")])
        {
            if (history.StartValue(name) is { } count)
            {
                yield return (title, count.ToString("#,0", CultureInfo.InvariantCulture), false);
            }
        }

        string Label(string name, string otherwise) =>
            history.Labels.GetValueOrDefault(name, "") is { Length: > 0 } value ? value : otherwise;
    }
}
