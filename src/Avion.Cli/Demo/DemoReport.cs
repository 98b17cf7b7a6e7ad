namespace Avion.Cli;

/// <summary>The demo's result for people: a table on standard output and a report in one HTML file.</summary>
internal static class DemoReport
{
    public static void WriteTable(DemoFigures figures)
    {
        ResultTable table = new("held-out clips", "measured", "chance");
        foreach (Figure figure in Describe(figures))
        {
            table.Add(figure.Name, figure.Value, figure.Chance);
        }
        table.Write();
    }

    /// <summary>Writes the report of the run, with the figures of the demo.</summary>
    public static void WriteHtml(
        DemoFolders folders, DemoFigures figures, DeviceList devices, ProgressDisplay progress, CancellationToken cancellation) =>
        new ReportMaker { Figures = Describe(figures), Devices = devices }.Write(folders.Run, folders.Report, progress, cancellation);

    private static IReadOnlyList<Figure> Describe(DemoFigures figures) =>
    [
        new("mAP text to video", Share(figures.MapT2v), Share(figures.MapChance)),
        new("mAP video to text", Share(figures.MapV2t), Share(figures.MapV2tChance)),
        new("recall@1 text to video", Share(figures.RecallAt1), Share(figures.RecallAt1Chance)),
        new("motion told from its opposite", Share(figures.MotionPairAccuracy), Share(0.5)),
        new("colour, shape, motion of the nearest caption",
            $"{Share(figures.Reading.Colour)}, {Share(figures.Reading.Shape)}, {Share(figures.Reading.Motion)}"),
        new("clips per second in training", Number(figures.ClipsPerSecond, "0")),
        new("share of time waiting for clips", Share(figures.DataWaitFraction)),
        new("seconds of training", Number(figures.TrainSeconds, "0.0")),
        new("seconds in all", Number(figures.TotalSeconds, "0.0")),
    ];

    private static string Share(double value) => Number(value, "0.000");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
