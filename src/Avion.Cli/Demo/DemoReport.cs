namespace Avion.Cli;

/// <summary>The demo's result for people: a table on standard output and a report in one HTML file.</summary>
internal static class DemoReport
{
    private const int Captions = 10;
    private const int ClipsPerCaption = 5;
    private const int PictureSidePixels = 72;

    public static void WriteTable(DemoFigures figures)
    {
        ResultTable table = new("held-out clips", "measured", "chance");
        foreach (Figure figure in Describe(figures))
        {
            table.Add(figure.Name, figure.Value, figure.Chance);
        }
        table.Write();
    }

    /// <summary>Writes the results and, from them and the run's log, the report.</summary>
    public static void WriteHtml(
        DemoFolders folders, DemoFigures figures, HeldOutEvaluation evaluation, Recipe recipe, TrainingData data,
        IReadOnlyList<Scene> heldOut, CancellationToken cancellation)
    {
        using IClipSource videos = data.OpenSource();
        FilmStrip strip = new(data.Validation!, videos, DualEncoderOptions.Of(recipe).Vision.Frames, PictureSidePixels);
        (Scene Scene, SceneClip Clip)[] clips = [.. heldOut.SelectMany(scene => scene.Clips.Select(clip => (scene, clip)))];
        List<RetrievalExample> examples = [];
        foreach (int caption in Spread(evaluation.Captions.Count, Captions))
        {
            RetrievedClip[] found =
            [
                .. evaluation.Rank(caption, ClipsPerCaption).Select(hit => new RetrievedClip(
                    clips[hit.Clip].Clip.Caption.Text, Source(clips[hit.Clip].Scene, clips[hit.Clip].Clip), hit.Similarity, hit.IsRelevant,
                    strip.Draw(hit.Clip, cancellation))),
            ];
            examples.Add(new RetrievalExample(evaluation.Captions[caption], found));
        }
        RetrievalResults results = new("Avion demo: captions and clips of unseen scenes", Describe(figures), examples);
        results.Write(folders.Retrieval);
        File.WriteAllText(folders.Report, HtmlReport.Render(results, RunCharts.Read(folders.Log)));
    }

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

    /// <summary>Evenly spread numbers from 0 to <paramref name="total"/> - 1.</summary>
    private static IEnumerable<int> Spread(int total, int count) =>
        Enumerable.Range(0, Math.Min(count, total)).Select(index => (int)((long)index * total / Math.Min(count, total)));

    private static string Source(Scene scene, SceneClip clip)
    {
        double rate = scene.Task.FramesPerSecond;
        return string.Create(CultureInfo.InvariantCulture, $"{scene.Name}, {clip.FirstFrame / rate:0.0} to {clip.EndFrame / rate:0.0} s");
    }

    private static string Share(double value) => Number(value, "0.000");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
