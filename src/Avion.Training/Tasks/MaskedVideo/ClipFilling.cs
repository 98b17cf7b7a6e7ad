namespace Avion.Training;

/// <summary>Lets a masked autoencoder fill in held-out clips, to look at.</summary>
public static class ClipFilling
{
    /// <summary>Some held-out clips, evenly spread over the set, each under the mask of its evaluation.</summary>
    /// <param name="path">A checkpoint, or a run: then its best checkpoint, else its newest.</param>
    /// <param name="count">How many; fewer where some cannot be read.</param>
    /// <param name="options">As for an evaluation.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="RunException">The weights are of another task, or there is nothing to evaluate on.</exception>
    public static IReadOnlyList<FilledClip> Run(string path, int count, EvaluationOptions options, CancellationToken cancellation) =>
        Evaluation.Using(path, options, (task, feed) => task is MaskedVideoTask masked && feed.Data.Validation is { Count: > 0 } clips
            ? Fill(masked, feed, new ClipSelection(clips, count), cancellation)
            : throw new RunException($"'{path}' fills in nothing: it is no masked autoencoder with clips to evaluate on."));

    private static List<FilledClip> Fill(MaskedVideoTask task, ClipFeed feed, ClipSelection clips, CancellationToken cancellation)
    {
        VideoMae model = task.Model;
        TubeletConfig tubelets = model.Config.Tubelets;
        double ratio = MaskedVideoOptions.Of(task.Setup.Recipe).MaskRatio;
        List<FilledClip> filled = [];
        using ClipLoader loader = feed.OpenPass(clips);
        using Tape tape = new(model.Device) { IsRecording = false };
        using MaskPlan plan = new(model.Device, tubelets.TokenCount, clips.Count);
        while (loader.Next(cancellation) is { } batch)
        {
            using (batch)
            {
                int tokens = tubelets.TokenCount;
                bool[] hidden = new bool[batch.Count * tokens];
                for (int clip = 0; clip < batch.Count; clip++)
                {
                    CounterRandom random = MaskedVideoEvaluator.MaskOf(batch.SampleIds[clip]);
                    TubeMask.Draw(ref random, tubelets.CellCount, ratio, hidden.AsSpan(clip * tokens, tokens));
                }

                tape.Reset();
                plan.Set(hidden);
                _ = model.Loss(tape, BatchTensors.PixelsOf(batch, tape), plan, out Tensor predictions, out Tensor targets);
                float[] predicted = new float[predictions.Count], wanted = new float[targets.Count];
                model.Device.Download(predictions, predicted);
                model.Device.Download(targets, wanted);
                int rows = predicted.Length / batch.Count;
                for (int clip = 0; clip < batch.Count; clip++)
                {
                    if (batch.Missing[clip] == 0)
                    {
                        filled.Add(new FilledClip(feed.NameClip(batch.SampleIds[clip]), tubelets, batch.Clip(clip),
                            hidden.AsSpan(clip * tokens, tokens), predicted.AsSpan(clip * rows, rows), wanted.AsSpan(clip * rows, rows)));
                    }
                }
            }
        }

        return filled;
    }

    /// <summary>Evenly spread samples of a set.</summary>
    private sealed class ClipSelection(IClipDataset clips, int count) : IClipDataset
    {
        public int Count => Math.Min(count, clips.Count);

        public int LabelCount => clips.LabelCount;

        public long IdCount => clips.IdCount;

        public string Describe(in SampleKey key) => clips.Describe(Inner(key));

        public void Draw(in SampleKey key, IClipSource videos, ClipRequest request) => clips.Draw(Inner(key), videos, request);

        private SampleKey Inner(in SampleKey key) => key with { Index = (int)((long)key.Index * clips.Count / Count) };
    }
}
