namespace Avion.Dashboard;

/// <summary>What was skipped, and why: clips, steps, damaged lines, and parts of this report.</summary>
internal static class SkippedSection
{
    private const int Most = 50;

    public static void Append(HtmlText page, RunReport report)
    {
        page.Element("h2", "Skipped and left out");
        string[] sentences = [.. Counts(report), .. report.LeftOut];
        (string Text, int Count, long Step)[] warnings =
        [
            .. report.History.Of(RunLogKind.Warning).GroupBy(entry => entry.Labels.GetValueOrDefault("message", ""))
                .Select(group => (group.Key, group.Count(), group.First().Step)),
        ];
        if (sentences.Length + warnings.Length == 0)
        {
            page.Element("p", "Nothing was skipped: every clip could be read and every step counted.", "class=\"faint\"");
            return;
        }

        page.Markup("<ul class=\"notes\">\n");
        foreach (string sentence in sentences)
        {
            page.Element("li", sentence);
        }

        page.Markup("</ul>\n");
        if (warnings.Length > 0)
        {
            page.Element("h3", "Warnings of the run");
            page.Markup("<div class=\"card table\">").Table("Warnings", ["warning", "#times", "#first at step"], warnings.Take(Most)
                .Select(warning => (IReadOnlyList<string>)[warning.Text, ReportNumber.Of(warning.Count), ReportNumber.Of(warning.Step)]))
                .Markup("</div>\n");
            if (warnings.Length > Most)
            {
                page.Element("p", $"{warnings.Length - Most} more are in {RunFiles.Log}.", "class=\"faint\"");
            }
        }
    }

    private static IEnumerable<string> Counts(RunReport report)
    {
        if (report.History.Recent("bad_clips") is > 0 and { } clips)
        {
            yield return $"Draws of clips that could not be read while training: {ReportNumber.Of(clips)}. Others took their places.";
        }

        if (report.History.Recent("skipped_steps") is > 0 and { } steps)
        {
            yield return $"Steps whose loss or gradients were not finite, which changed nothing: {ReportNumber.Of(steps)}.";
        }

        if (report.History.Of(RunLogKind.Evaluation).LastOrDefault() is { } evaluation)
        {
            foreach ((string name, string text) in ((string, string)[])
                [("unreadable_clips", "Held-out clips that could not be read"), ("unlabelled_clips", "Held-out clips without a class"),
                    ("queries_left_out", "Queries without a right answer")])
            {
                if (evaluation.Values.GetValueOrDefault(name) is > 0 and { } count)
                {
                    yield return $"{text}, left out of the newest evaluation: {ReportNumber.Of(count)}.";
                }
            }
        }
    }
}
