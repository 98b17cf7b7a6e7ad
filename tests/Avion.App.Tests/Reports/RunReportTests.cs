using AngleSharp.Dom;

namespace Avion.App.Tests;

/// <summary>What a report says is what the run's files say, whatever state they are in.</summary>
public sealed class RunReportTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_tells_command_seed_commit_machine_library_date_and_duration()
    {
        Write(
            Line(0, "started", 0, """ "schema":1,"total_steps":20,"seed":7 """, """
                "name":"<b>bold</b>","task":"contrastive","avion":"1.2.3+abcdef","matrix_library":"oneDNN 2.6","command":"avion train 'a <b>.yaml'","machine":"A processor, 2 cores"
                """),
            Line(60, "step", 10, """ "loss":3 """),
            Line(3660, "resumed", 10, "", """ "command":"avion train --resume RUN" """),
            Line(3720, "step", 20, """ "loss":2 """),
            Line(3720, "ended", 20, "", """ "reason":"completed" """));
        IDocument page = Render();
        ReportDocument.AssertIsWhole(page);
        Assert.Equal("<b>bold</b> (contrastive)", page.QuerySelector("h1")!.TextContent);
        Assert.Equal("completed", page.QuerySelector(".pill")!.TextContent);
        Assert.Equal("avion train 'a <b>.yaml'", ReportDocument.Fact(page, "Command"));
        Assert.Equal("avion train --resume RUN", ReportDocument.Fact(page, "Continued at step 10"));
        Assert.Equal(("7", "1.2.3, commit abcdef", "A processor, 2 cores", "oneDNN 2.6"), (ReportDocument.Fact(page, "Seed"), ReportDocument.Fact(page, "Avion"),
            ReportDocument.Fact(page, "Machine"), ReportDocument.Fact(page, "Matrix library")));
        Assert.Equal("2026-03-01 10:00:00 UTC", ReportDocument.Fact(page, "Date"));
        Assert.Equal("2 min 00 s", ReportDocument.Fact(page, "Duration"));
    }

    [Fact]
    public void Curves_hold_the_steps_of_the_log_once_and_break_where_a_value_is_not_finite()
    {
        Write(
            Line(0, "step", 10, """ "loss":4,"clips_per_second":500 """), Line(1, "step", 20, """ "loss":3,"clips_per_second":520 """),
            Line(2, "step", 30, """ "loss":2,"clips_per_second":510 """), Line(3, "resumed", 20, ""), Line(4, "step", 30, """ "loss":"NaN","clips_per_second":530 """));
        IDocument page = Render();
        Assert.Equal([(10, 4.0), (20, 3), (30, null)], ReportDocument.Points(ReportDocument.Chart(page, "Loss")));
        Assert.Equal([["10", "4"], ["20", "3"], ["30", "not finite"]], ReportDocument.Table(page, "Figures of Loss"));
        JsonElement rate = ReportDocument.Chart(page, "Training rate");
        Assert.True(rate.GetProperty("starts_at_zero").GetBoolean());
        Assert.Equal([["10", "500 clips/s"], ["20", "520 clips/s"], ["30", "530 clips/s"]], ReportDocument.Table(page, "Figures of Training rate"));
    }

    [Fact]
    public void Each_metric_stands_beside_chance_and_the_chart_has_a_line_for_chance()
    {
        Write(
            Line(0, "started", 0, "", """ "metric.map_t2v":"mAP text to video" """),
            Line(1, "evaluation", 10, """ "map_t2v":0.25,"map_t2v_chance":0.02,"clips":30 """),
            Line(2, "evaluation", 20, """ "map_t2v":0.75,"map_t2v_chance":0.02,"clips":30 """));
        IDocument page = Render();
        Assert.Equal([["mAP text to video", "0.750", "0.020"], ["clips", "30", ""]], ReportDocument.Table(page, "The newest evaluation"));
        JsonElement chart = ReportDocument.Chart(page, "Evaluation, held out");
        Assert.Equal([(10, 0.25), (20, 0.75)], ReportDocument.Points(chart));
        Assert.Equal(("chance", 0.02), (chart.GetProperty("levels")[0].GetProperty("name").GetString(), chart.GetProperty("levels")[0].GetProperty("value").GetDouble()));
    }

    [Fact]
    public void Of_a_metric_whose_smaller_values_are_better_that_is_told()
    {
        Write(
            Line(0, "started", 0, "", """ "metric.masked_error":"squared error","smaller_is_better":"masked_error" """),
            Line(1, "evaluation", 10, """ "masked_error":0.25,"masked_error_chance":0.5,"clips":30 """));
        IDocument page = Render();
        Assert.Equal([["squared error (smaller is better)", "0.250", "0.500"], ["clips", "30", ""]], ReportDocument.Table(page, "The newest evaluation"));
        Assert.Contains("chance 0.500, smaller is better", page.QuerySelector(".tiles")!.TextContent);
        Assert.DoesNotContain("masked_error", page.QuerySelector("header ~ details")?.TextContent ?? "");
    }

    [Fact]
    public void Captions_and_clips_are_ranked_by_their_scores_and_every_verdict_is_said()
    {
        Write(Line(0, "step", 20, """ "loss":1 """));
        DrawnGallery gallery = DrawnGallery.Captions(clips: 24, answers: 8, noise: 0.8);
        IDocument page = Render(new ReportFindings { Gallery = gallery });
        ReportDocument.AssertIsWhole(page);
        GalleryContents contents = gallery.Contents;
        int mistakes = Enumerable.Range(0, 8).Count(answer => contents.Relevancies![(Ranked(contents, answer)[0] * 8) + answer] == 0);
        Assert.InRange(mistakes, 1, 7);
        IElement[] wrongFirst = [.. page.QuerySelectorAll("h4")], rightFirst = [.. page.QuerySelectorAll("h3").Where(head => head.TextContent.StartsWith('“'))];
        Assert.Equal((Math.Min(6, mistakes), Math.Min(6, 8 - mistakes)), (wrongFirst.Length, rightFirst.Length));
        foreach (IElement head in wrongFirst.Concat(rightFirst).Where(head => !head.TextContent.Contains("twin")))
        {
            int answer = contents.Answers.ToList().IndexOf(head.TextContent.Split('“', '”')[1]);
            int[] order = Ranked(contents, answer);
            IElement[] shown = [.. head.NextElementSibling!.QuerySelectorAll("li")];
            foreach (IElement item in shown)
            {
                int place = int.Parse(item.TextContent.Split("place ")[1].Split(',')[0]), clip = order[place - 1];
                float relevance = contents.Relevancies![(clip * 8) + answer];
                Assert.Contains($"clip <{clip}>", item.TextContent);
                Assert.Contains(relevance > 0 ? "✓ right" : "✗ wrong", item.TextContent);
                Assert.Equal(relevance is > 0 and < 1, item.TextContent.Contains("relevance 0.50"));
            }

            Assert.Equal(wrongFirst.Contains(head), shown[0].TextContent.Contains("wrong"));
            Assert.Contains(shown, item => item.TextContent.Contains("right"));
        }

        Assert.Contains("the file is gone", page.Body!.TextContent);
    }

    [Fact]
    public void Confusions_and_accuracies_of_classes_are_counted()
    {
        Write(Line(0, "step", 20, """ "loss":1 """));
        DrawnGallery gallery = DrawnGallery.Classes(clips: 60, classes: 5);
        IDocument page = Render(new ReportFindings { Gallery = gallery });
        ReportDocument.AssertIsWhole(page);
        int[] said = [.. Enumerable.Range(0, 60).Select(clip => Enumerable.Range(0, 5).MaxBy(answer => gallery.Contents.Scores[(clip * 5) + answer]))];
        (int Truth, int Said, int Count)[] expected =
        [
            .. said.Select((answer, clip) => (Truth: clip % 5, Said: answer)).Where(pair => pair.Truth != pair.Said).GroupBy(pair => pair)
                .Select(group => (group.Key.Truth, group.Key.Said, group.Count())).OrderByDescending(row => row.Item3).ThenBy(row => (row.Truth, row.Said)).Take(15),
        ];
        Assert.Equal(expected.Select(row => $"{gallery.Contents.Answers[row.Truth]}|{gallery.Contents.Answers[row.Said]}|{row.Count}"),
            ReportDocument.Table(page, "The most frequent confusions").Select(row => string.Join('|', row[..3])));
        int right = said.Where((answer, clip) => answer == clip % 5).Count();
        Assert.Contains($"{right} of 60 held-out clips", page.Body!.TextContent);
        Assert.Contains($"{60 - right} of 60 clips put a wrong class first", page.Body!.TextContent);
        Assert.Equal(9, page.QuerySelectorAll(".answers > li").Length);
    }

    [Fact]
    public void What_is_missing_or_damaged_is_said()
    {
        File.WriteAllText(_folder.File("log.jsonl"), "no json\n" + Line(0, "step", 10, """ "loss":1,"bad_clips":3,"skipped_steps":2 """)
            + Line(1, "warning", 10, "", """ "message":"clip 4 cannot be read" """) + Line(2, "warning", 11, "", """ "message":"clip 4 cannot be read" """)
            + Line(3, "checkpoint", 10, "\"best\":0", """ "folder":"../elsewhere" """) + "{\"torn");
        File.WriteAllText(_folder.File("memory.json"), "{");
        IDocument page = Render(new ReportFindings { ClipsNote = "the data is gone." });
        ReportDocument.AssertIsWhole(page);
        string text = page.Body!.TextContent;
        Assert.Contains("2 lines of log.jsonl cannot be read", text);
        Assert.Contains("recipe.yaml is not there", text);
        Assert.Contains("memory.json is not there or cannot be read", text);
        Assert.Contains("No clips are shown: the data is gone.", text);
        Assert.Contains("The run has not been evaluated", text);
        Assert.Equal([["clip 4 cannot be read", "2", "10"]], ReportDocument.Table(page, "Warnings"));
        Assert.Contains("could not be read while training: 3", text);
        Assert.Contains("which changed nothing: 2", text);
        Assert.Equal("not told by the log of this run", ReportDocument.Fact(page, "Command"));
    }

    [Fact]
    public void A_run_that_has_told_nothing_yet_has_a_report_and_one_without_a_log_has_none()
    {
        Write();
        IDocument page = Render();
        ReportDocument.AssertIsWhole(page);
        Assert.Equal("preparing", page.QuerySelector(".pill")!.TextContent);
        Assert.Contains("There are no curves", page.Body!.TextContent);
        File.Delete(_folder.File("log.jsonl"));
        Assert.Throws<FileNotFoundException>(() => Render());
    }

    [Fact]
    public void Rates_of_the_run_are_clips_by_time()
    {
        // 10 steps of 100 ms at 40 clips/s, then 20 steps of 50 ms at 80: 40 and 80 clips in a second each.
        Write(
            Line(0, "step", 10, """ "clips_per_second":40,"step_milliseconds":100,"data_wait_fraction":0.5 """),
            Line(1, "step", 30, """ "clips_per_second":80,"step_milliseconds":50,"data_wait_fraction":0 """));
        string tiles = Render().QuerySelector(".tiles")!.TextContent;
        Assert.Contains("60 clips/s", tiles);
        Assert.Contains("25 %", tiles);
    }

    private IDocument Render(ReportFindings? findings = null) =>
        ReportDocument.Parse(RunReport.Read(_folder.FullName, findings ?? new ReportFindings(), s_now).ToHtml(TestContext.Current.CancellationToken));

    private void Write(params string[] lines) => File.WriteAllText(_folder.File("log.jsonl"), string.Concat(lines));

    private static int[] Ranked(GalleryContents contents, int answer) =>
    [
        .. Enumerable.Range(0, contents.Clips.Count).OrderByDescending(clip => contents.Scores[(clip * contents.Answers.Count) + answer]),
    ];

    private static string Line(int second, string kind, int step, string values, string labels = "") =>
        $"{{\"time\":\"{s_now.AddHours(-2).AddSeconds(second):O}\",\"kind\":\"{kind}\",\"step\":{step},\"epoch\":0,\"values\":{{{values}}},\"labels\":{{{labels.Trim()}}}}}\n";
}
