namespace Avion.Training;

/// <summary>How well hidden pixels are predicted: the mean squared error of all hidden tubelets, beside that
/// of predicting their mean.</summary>
/// <remarks>
/// Every hidden tubelet counts, also where training predicts some of them, and the mask of a clip depends on its number in the data set
/// alone: errors of different runs, checkpoints and decoders are comparable. The error of predicting the mean is the variance of the
/// targets; for targets normalized by patch it is (n - 1) / n, less where patches are of one colour, for n pixels of a patch.
/// </remarks>
/// <param name="model">The model.</param>
/// <param name="maskRatio">Share of the cells that are hidden.</param>
/// <param name="openLoader">Opens one pass over the data set: each sample once, unreadable ones marked.</param>
/// <param name="clips">Samples of the data set, for progress.</param>
public sealed class MaskedVideoEvaluator(VideoMae model, double maskRatio, Func<ClipLoader> openLoader, int clips) : IEvaluator
{
    /// <summary>The metric's name.</summary>
    public const string ErrorName = "masked_error";

    private readonly float[] _targets = new float[model.Config.Tubelets.TokenCount * model.Config.Tubelets.TubeletElements];
    private double _errors, _sum, _squares;
    private long _targetCount;
    private int _read;

    /// <inheritdoc />
    public IReadOnlyList<string> FileEndings => [];

    /// <exception cref="RunException">No clip at all could be read: there is nothing to score.</exception>
    public IEnumerable<Scalar> Run(ITrainingObserver observer, CancellationToken cancellation)
    {
        (_errors, _sum, _squares, _targetCount, _read) = (0, 0, 0, 0, 0);
        int unreadable = 0;
        using ClipLoader loader = openLoader();
        using Tape tape = new(model.Device) { IsRecording = false };
        using ClipMasks masks = new(model.Device, model.Config.Tubelets, maskRatio);
        while (loader.Next(cancellation) is { } batch)
        {
            using (batch)
            {
                unreadable += batch.MissingCount;
                tape.Reset();
                Add(batch, tape, masks);
                observer.EvaluationProgress(_read + unreadable, clips);
            }
        }

        if (unreadable > 0)
        {
            BadClip first = loader.BadClips[0];
            string example = $"the first is {first.Sample}: {first.Reason}";
            if (_read == 0)
            {
                throw new RunException($"None of the {clips} clips to evaluate on could be read; {example} Check data.validation.videos.");
            }

            observer.Warning($"{unreadable} of {clips} clips could not be read and are left out of the evaluation; {example}");
        }

        double mean = _sum / _targetCount;
        return
        [
            new Scalar(ErrorName, _errors / _read),
            new Scalar(ErrorName + RunLogLabels.ChanceSuffix, (_squares / _targetCount) - (mean * mean)),
            new Scalar("clips", _read),
            new Scalar("unreadable_clips", unreadable),
        ];
    }

    /// <summary>The stream of random numbers of a clip's mask, by its number in the data set.</summary>
    internal static CounterRandom MaskOf(long sample) => CounterRandom.For(0, "evaluation tube mask", (ulong)sample);

    private void Add(ClipBatch batch, Tape tape, ClipMasks masks)
    {
        int present = batch.Count - batch.MissingCount;
        if (present == 0)
        {
            return;
        }

        masks.Begin(batch.Count);
        for (int clip = 0; clip < batch.Count; clip++)
        {
            CounterRandom random = MaskOf(batch.SampleIds[clip]);
            masks.Draw(clip, ref random, []);
            if (batch.Missing[clip] != 0)
            {
                masks.LeaveOut(clip);
            }
        }

        masks.Send();
        Tensor loss = model.Loss(tape, BatchTensors.PixelsOf(batch, tape), masks.Plan, out _, out Tensor targets);
        Span<float> value = stackalloc float[1];
        model.Device.Download(loss, value);
        _errors += (double)value[0] * present;
        _read += present;
        AddTargets(targets, present);
    }

    private void AddTargets(Tensor targets, int present)
    {
        int perClip = (int)(targets.Count / present);
        for (int clip = 0; clip < present; clip++)
        {
            Span<float> part = _targets.AsSpan(0, perClip);
            model.Device.Download(targets.Part((long)clip * perClip, perClip), part);
            foreach (float target in part)
            {
                _sum += target;
                _squares += (double)target * target;
            }
        }

        _targetCount += targets.Count;
    }
}
