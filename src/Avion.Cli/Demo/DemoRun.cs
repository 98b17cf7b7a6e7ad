using System.Diagnostics;

namespace Avion.Cli;

/// <summary>The demo from nothing to the report: videos, training, evaluation on held-out scenes, figures.</summary>
internal static class DemoRun
{
    /// <summary>Runs the demo.</summary>
    /// <returns>The figures, or null when only the data were asked for or the training was stopped.</returns>
    public static async Task<DemoFigures?> RunAsync(DemoOptions options, ProgressDisplay progress, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        DemoFolders folders = new(options.OutputFolder);
        Recipe recipe = DemoRecipe.Read(options, folders);
        folders.Prepare();
        DemoDataset scenes = DemoDataset.Draw(options.IsQuick ? DemoTask.Quick : DemoTask.Full, options.Seed);
        await scenes.WriteAsync(folders,
            share => progress.Report("videos", share, $"{scenes.ClipCount} clips in {scenes.SceneCount} videos"), cancellation);
        if (options.IsDataOnly)
        {
            return null;
        }

        TrainingView view = new(progress);
        TrainingOutcome outcome = TrainingRun.Start(recipe, new TrainingOptions { Observer = view, Origin = options.Origin }, cancellation);
        cancellation.ThrowIfCancellationRequested();

        HeldOutEvaluation evaluation = Evaluate(folders.CheckpointOf(outcome.Steps));
        TrainingMeans time = TrainingMeans.Read(folders.Log) ?? new TrainingMeans(0, 0, 0);
        DemoFigures figures = new(
            evaluation.Scores["map_t2v"], evaluation.Scores["map_v2t"], evaluation.Scores["map_t2v_chance"], evaluation.MotionPairAccuracy,
            evaluation.Scores["recall_at_1_t2v"], time.ClipsPerSecond, time.DataWaitFraction, time.Seconds,
            Stopwatch.GetElapsedTime(started).TotalSeconds)
        {
            Reading = evaluation.Reading,
            MapV2tChance = evaluation.Scores["map_v2t_chance"],
            RecallAt1Chance = evaluation.Scores["recall_at_1_t2v_chance"],
        };
        DemoReport.WriteHtml(folders, figures, DeviceChoice.Of(recipe).Devices, progress, cancellation);
        figures = figures with { TotalSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds };
        if (options.JsonFile is not null)
        {
            figures.Write(options.JsonFile);
        }
        return figures;

        HeldOutEvaluation Evaluate(string checkpoint)
        {
            CaptionedData data = CaptionedData.Open(recipe, folders.Run, TaskPurpose.Evaluation);
            using Device device = DeviceChoice.Of(recipe).First.Open();
            using DualEncoder model = Checkpoint.LoadDualEncoder(checkpoint, device, withGradients: false);
            return HeldOutEvaluation.Run(model, recipe, data, scenes.HeldOut, view, cancellation);
        }
    }
}
