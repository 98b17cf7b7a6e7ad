namespace Avion.Training;

/// <summary>How often a classifier finds the class of a clip, over the mean of several views of it.</summary>
/// <remarks>
/// The probabilities of a clip are the mean over its views; the mean of the logits is scored beside it where there are several. A view that
/// cannot be read is left out of the mean, a clip without any is left out and counted. A sample that comes again is not taken again. Scores
/// of verbs and nouns are the sums of the probabilities of the actions that have them: a verb that no action has scores 0.
/// </remarks>
/// <param name="device">Where the model computes.</param>
/// <param name="classify">Clips to logits: uint8 [B, T, 3, H, W] to [B, C].</param>
/// <param name="classCount">C.</param>
/// <param name="openLoader">Opens one pass over the data set: the views of a clip each once, unreadable ones marked.</param>
/// <param name="samples">Samples of the data set, for progress.</param>
public sealed class ClassificationEvaluator(
    Device device, Func<Tape, Tensor, Tensor> classify, int classCount, Func<ClipLoader> openLoader, int samples) : IEvaluator
{
    private readonly Dictionary<long, ViewScores> _open = [];
    private readonly HashSet<long> _seen = [];
    private readonly Stack<ViewScores> _free = new();
    private Counts _counts = null!;

    /// <inheritdoc />
    public string Name => ClassificationTask.Name;

    /// <inheritdoc />
    public IReadOnlyList<string> FileEndings => Actions is null ? [".json"] : [".json", ".zip"];

    /// <summary>Samples of each clip: sample i is of clip i / Views.</summary>
    public int Views { get; init; } = 1;

    /// <summary>Averages each view with its mirror image.</summary>
    public bool AveragesFlips { get; init; }

    /// <summary>Place of the label that is scored among those of a clip.</summary>
    public int LabelIndex { get; init; }

    /// <summary>Names of the classes, for outputs; null where they have none.</summary>
    public ClassList? Classes { get; init; }

    /// <summary>Verbs and nouns of the classes, where these are actions of EPIC-KITCHENS-100.</summary>
    public EpicKitchensClasses? Actions { get; init; }

    /// <summary>Takes probabilities for files; null for none.</summary>
    public EvaluationOutputs? Outputs { get; init; }

    /// <summary>Name of each clip by its number, for outputs.</summary>
    public Func<long, string> NameClip { get; init; } = clip => clip.ToString(CultureInfo.InvariantCulture);

    private int ClipCount => samples / Views;

    /// <exception cref="RunException">No clip at all could be read: there is nothing to score.</exception>
    public IEnumerable<Scalar> Run(ITrainingObserver observer, CancellationToken cancellation)
    {
        (_counts, int done) = (new Counts(this), 0);
        _open.Clear();
        _seen.Clear();
        using ClipLoader loader = openLoader();
        using Tape tape = new(device) { IsRecording = false };
        while (loader.Next(cancellation) is { } batch)
        {
            using (batch)
            {
                AddViews(tape, batch);
                done += batch.Count;
                observer.EvaluationProgress(done, samples);
            }
        }

        foreach ((long clip, ViewScores scores) in _open.OrderBy(pair => pair.Key))
        {
            Close(clip, scores);
        }

        RequireSome(loader, observer);
        _counts.AddOutputs();
        return _counts.Metrics();
    }

    private void AddViews(Tape tape, ClipBatch batch)
    {
        float[] logits = Classify(tape, batch);
        float[]? mirrored = null;
        if (AveragesFlips)
        {
            MirrorImages.Mirror(batch);
            mirrored = Classify(tape, batch);
        }

        for (int i = 0; i < batch.Count; i++)
        {
            if (!_seen.Add(batch.SampleIds[i]))
            {
                continue;
            }

            long clip = batch.SampleIds[i] / Views;
            ViewScores scores = ScoresOf(clip, batch.Labels.Slice(i * batch.LabelCount, batch.LabelCount));
            scores.AddSample();
            if (batch.Missing[i] == 0)
            {
                scores.Add(logits.AsSpan(i * classCount, classCount));
                if (mirrored is not null)
                {
                    scores.Add(mirrored.AsSpan(i * classCount, classCount));
                }
            }

            if (scores.Samples == Views)
            {
                _open.Remove(clip);
                Close(clip, scores);
            }
        }
    }

    private float[] Classify(Tape tape, ClipBatch batch)
    {
        tape.Reset();
        float[] logits = new float[batch.Count * classCount];
        device.Download(classify(tape, BatchTensors.PixelsOf(batch, tape)), logits);
        return logits;
    }

    private ViewScores ScoresOf(long clip, ReadOnlySpan<int> labels)
    {
        if (!_open.TryGetValue(clip, out ViewScores? scores))
        {
            scores = _free.TryPop(out ViewScores? free) ? free : new ViewScores(classCount);
            scores.Begin(labels);
            _open.Add(clip, scores);
        }

        return scores;
    }

    private void Close(long clip, ViewScores scores)
    {
        scores.Complete();
        _counts.Add(clip, scores);
        _free.Push(scores);
    }

    private void RequireSome(ClipLoader loader, ITrainingObserver observer)
    {
        if (_counts.UnreadableClips == 0 && loader.BadClips.Length == 0)
        {
            return;
        }

        BadClip first = loader.BadClips[0];
        string example = $"the first is {first.Sample}: {first.Reason}";
        if (_counts.UnreadableClips > 0 && _counts.Scored == 0)
        {
            throw new RunException($"None of the {ClipCount} clips to evaluate on could be read; {example} Check data.validation.videos.");
        }

        observer.Warning($"{loader.BadClips.Length} of {samples} views could not be read and {_counts.UnreadableClips} of {ClipCount} "
            + $"clips are left out of the evaluation; {example}");
    }

    /// <summary>The metrics and tables of one pass.</summary>
    private sealed class Counts(ClassificationEvaluator owner)
    {
        private readonly ClassMeter _probabilities = new(owner.CountOfClasses), _logits = new(owner.CountOfClasses);
        private readonly ActionParts? _verbs = owner.Actions is { } actions
                ? new ActionParts("verb", actions.Verbs, actions.VerbOfAction, EpicKitchens.Verb) : null,
            _nouns = owner.Actions is { } others ? new ActionParts("noun", others.Nouns, others.NounOfAction, EpicKitchens.Noun) : null;
        private readonly ScoreRows? _rows = owner.Outputs is null ? null : new ScoreRows();

        public int UnreadableClips { get; private set; }

        public int UnlabelledClips { get; private set; }

        public int Scored => _probabilities.Count;

        public void Add(long clip, ViewScores scores)
        {
            if (!scores.IsReadable)
            {
                UnreadableClips++;
                return;
            }

            int label = scores.Labels.Length > owner.LabelIndex ? scores.Labels[owner.LabelIndex] : -1;
            _verbs?.Add(scores, _rows is not null);
            _nouns?.Add(scores, _rows is not null);
            _rows?.Add(owner.NameClip(clip), label, scores.MeanProbabilities);

            // An action that the model does not know cannot be right; without actions, -1 is a clip that nobody labelled, and so is one
            // without labels.
            if (label < 0 && (owner.Actions is null || scores.Labels.Length == 0))
            {
                UnlabelledClips++;
                return;
            }

            _probabilities.Add(scores.MeanProbabilities, label);
            _logits.Add(scores.MeanLogits, label);
        }

        public IEnumerable<Scalar> Metrics()
        {
            if (Scored > 0)
            {
                yield return new Scalar("top1", _probabilities.Top1);
                yield return new Scalar("top1_chance", _probabilities.Top1Chance);
                yield return new Scalar("top5", _probabilities.Top5);
                yield return new Scalar("top5_chance", _probabilities.Top5Chance);
                yield return new Scalar("mean_class_accuracy", _probabilities.MeanClassAccuracy);
                yield return new Scalar("mean_class_accuracy_chance", _probabilities.Top1Chance);
                foreach (Scalar metric in (IEnumerable<Scalar>)[.. _verbs?.Metrics() ?? [], .. _nouns?.Metrics() ?? []])
                {
                    yield return metric;
                }

                if (owner.Views > 1 || owner.AveragesFlips)
                {
                    yield return new Scalar("top1_of_mean_logits", _logits.Top1);
                    yield return new Scalar("top5_of_mean_logits", _logits.Top5);
                }
            }

            yield return new Scalar("clips", Scored);
            yield return new Scalar("unreadable_clips", UnreadableClips);
            yield return new Scalar("unlabelled_clips", UnlabelledClips);
        }

        public void AddOutputs()
        {
            if (owner.Outputs is not { } outputs || _rows is null)
            {
                return;
            }

            outputs.Add(_rows.Table(owner.Classes?.Label ?? "label", owner.CountOfClasses, owner.Classes?.Names));
            foreach (ActionParts? parts in (ActionParts?[])[_verbs, _nouns])
            {
                if (parts is not null)
                {
                    outputs.Add(parts.Table(_rows.Names));
                }
            }
        }
    }

    private int CountOfClasses => classCount;
}
