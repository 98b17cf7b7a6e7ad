namespace Avion.Training.Tests;

/// <summary>How often the level with the largest logit is the picture's, and how far off it is on average.</summary>
internal sealed class BrightnessEvaluator(BrightnessModel model, ClipFeed feed) : IEvaluator
{
    public IEnumerable<Scalar> Run(ITrainingObserver observer, CancellationToken cancellation)
    {
        int clips = 0, right = 0, distance = 0;
        using ClipLoader loader = feed.OpenValidation();
        using Tape tape = new(model.Device) { IsRecording = false };
        using SequenceTable captions = new(model.Device);
        while (loader.Next(cancellation) is { } batch)
        {
            using (batch)
            {
                tape.Reset();
                BatchTensors tensors = BatchTensors.Of(batch, tape, captions);
                float[] logits = new float[batch.Count * model.LevelCount];
                model.Device.Download(model.Classify(tape, tensors.Pixels), logits);
                for (int clip = 0; clip < batch.Count; clip++)
                {
                    float[] own = logits[(clip * model.LevelCount)..((clip + 1) * model.LevelCount)];
                    int off = Math.Abs(Array.IndexOf(own, own.Max()) - tensors.HostLabels[clip]);
                    right += off == 0 ? 1 : 0;
                    distance += off;
                }

                clips += batch.Count;
                observer.EvaluationProgress(clips, feed.Data.Validation!.Count);
            }
        }

        yield return new Scalar("accuracy", (double)right / clips);
        yield return new Scalar("accuracy_chance", 1.0 / model.LevelCount);
        yield return new Scalar("distance", (double)distance / clips);
        yield return new Scalar("clips", clips);
    }
}
