namespace Avion.App.Tests;

public sealed class RunChartsTests
{
    [Fact]
    public void Curves_hold_the_values_of_the_log_and_quantities_without_values_have_no_chart()
    {
        using TemporaryFolder folder = new();
        using (RunLogWriter log = new(folder.File("log.jsonl")))
        {
            log.Write(RunLogKind.Step, 10, 0, [new Scalar("loss", 4), new Scalar("clips_per_second", 100)]);
            log.Write(RunLogKind.Step, 20, 0, [new Scalar("loss", 2), new Scalar("clips_per_second", 110)]);
            log.Write(RunLogKind.Evaluation, 20, 0, [new Scalar("map_t2v", 0.5)]);
        }
        File.AppendAllText(folder.File("log.jsonl"), "{\"torn");
        IReadOnlyList<LineChart> charts = RunCharts.Read(folder.File("log.jsonl"));
        Assert.Equal(["Loss", "Training rate"], charts.Select(chart => chart.Title));
        Assert.Equal([(10, 4), (20, 2)], charts[0].Lines.Single().Points);
    }

    [Fact]
    public void Steps_that_a_resumed_run_did_again_appear_once()
    {
        using TemporaryFolder folder = new();
        using (RunLogWriter log = new(folder.File("log.jsonl")))
        {
            foreach (int step in new[] { 10, 20, 30 })
            {
                log.Write(RunLogKind.Step, step, 0, [new Scalar("loss", step)]);
            }
            log.Write(RunLogKind.Resumed, 10, 0, []);
            log.Write(RunLogKind.Step, 20, 0, [new Scalar("loss", 7)]);
        }
        Assert.Equal([(10, 10), (20, 7)], RunCharts.Read(folder.File("log.jsonl")).Single().Lines.Single().Points);
    }
}
