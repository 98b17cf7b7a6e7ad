namespace Avion.Training;

/// <summary>A classifier over the vision tower of a dual encoder, or over VideoMAE's encoder, learns which class a clip
/// shows.</summary>
/// <remarks>
/// Loss: mean over the batch of -Σ_c target[c] · log softmax(logits)[c]; targets are smoothed labels, mixed as the clips are.
/// Sources: Zhao and Krähenbühl 2023 (arXiv:2309.16669), action recognition; Tong et al. 2022 (arXiv:2203.12602), fine-tuning.
/// </remarks>
public sealed class ClassificationTask : TrainingTask, ITrainingTask<ClassificationTask>
{
    private readonly ClassificationOptions _options;
    private readonly ClipMixer _mixer;
    private readonly int _classCount, _labelIndex, _labelCount;
    private int[] _labels = [];
    private float[] _targetValues = [];
    private Tensor _targets;
    private ClipMixing _mixing;

    /// <summary>Trains a model that is there, a <see cref="VideoClassifier"/> or a <see cref="VideoMaeClassifier"/>; the task disposes
    /// it.</summary>
    /// <param name="setup">Recipe, device, data and purpose.</param>
    /// <param name="model">The model.</param>
    /// <param name="classCount">C.</param>
    public ClassificationTask(TaskSetup setup, Model model, int classCount) : base(setup)
    {
        (Model, _classCount, _options) = (model, classCount, ClassificationOptions.Of(setup.Recipe));
        ClassificationData? data = setup.Data as ClassificationData;
        (_labelIndex, _labelCount) = (data?.LabelIndex ?? 0, data?.Labels.Count ?? 1);
        _mixer = new ClipMixer(_options.Mixing, _options.LabelSmoothing, setup.Recipe.Train.BatchSize, _options.Vision.ImageSize,
            _options.Vision.ImageSize);
        Augmentations = PixelChanges.Of(_options, PixelNormalization.Get(_options.Vision.PixelNormalization));
    }

    /// <inheritdoc />
    public static string Name => "classification";

    /// <inheritdoc />
    public static string Meaning => "A classifier over a video encoder learns which class a clip shows.";

    /// <inheritdoc />
    public static TaskOptions Options { get; } = new ClassificationOptions();

    /// <inheritdoc />
    public static IEnumerable<RecipeKey> Keys => ClassificationOptions.Keys;

    /// <inheritdoc />
    public static IReadOnlyList<Metric> Metrics { get; } =
    [
        new("top1", "top-1 accuracy") { IsShown = true },
        new("top5", "top-5 accuracy") { IsShown = true },
        new("mean_class_accuracy", "mean class accuracy"),
        new("verb_top1", "top-1 accuracy of verbs"),
        new("verb_top5", "top-5 accuracy of verbs"),
        new("noun_top1", "top-1 accuracy of nouns"),
        new("noun_top5", "top-5 accuracy of nouns"),
    ];

    /// <inheritdoc />
    public static bool AveragesViews => true;

    /// <inheritdoc />
    public static IReadOnlyList<string> RunFiles { get; } = [ClassFile.FileName];

    /// <inheritdoc />
    public override Model Model { get; }

    /// <inheritdoc />
    public override ClipForm Clips =>
        new(_options.Vision.Frames, _options.Vision.ImageSize, _options.Vision.ImageSize, LabelCount: _labelCount);

    /// <inheritdoc />
    public override IReadOnlyList<IClipAugmentation> Augmentations { get; }

    /// <inheritdoc />
    public override IReadOnlyList<Elimination> Eliminations => _options.IsVideoMae ? [] :
        [new Elimination("last block computes the class token's row", EliminationKind.UnreadRows)];

    /// <inheritdoc />
    public static TrainingData OpenData(Recipe recipe, string folder, TaskPurpose purpose) =>
        ClassificationData.Open(recipe, folder, purpose);

    /// <inheritdoc />
    public static ClassificationTask Create(TaskSetup setup)
    {
        ClassificationOptions options = ClassificationOptions.Of(setup.Recipe);
        int classes = CountClasses(setup, options);
        PixelNormalization normalization = PixelNormalization.Get(options.Vision.PixelNormalization);
        (ulong seed, bool withGradients) = (setup.Recipe.Train.Seed, setup.Purpose != TaskPurpose.Evaluation);
        Model model = options.IsVideoMae
            ? VideoMaeClassifier.Create(options.VideoMaeConfig(classes), setup.Device, seed, normalization, withGradients, setup.Freezes)
            : VideoClassifier.Create(options.TowerConfig(classes), setup.Device, seed, normalization, withGradients, setup.Freezes);
        return new ClassificationTask(setup, model, classes);
    }

    /// <summary>Clips to logits [B, C].</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="pixels">uint8 [B, T, 3, H, W].</param>
    /// <param name="mixing">With which clips the clips are mixed; absent for none.</param>
    public Tensor Classify(Tape tape, Tensor pixels, ClipMixing mixing = default) => Model switch
    {
        VideoMaeClassifier classifier => classifier.Classify(tape, pixels, mixing),
        VideoClassifier classifier => classifier.Classify(tape, classifier.Encode(tape, pixels, mixing)),
        _ => throw new InvalidOperationException($"{Model.GetType().Name} is no classifier of clips."),
    };

    /// <summary>Draws how clips are mixed, and uploads that and the targets.</summary>
    public override void Prepare(Tape tape, in BatchTensors batch)
    {
        if (_labels.Length < batch.Count)
        {
            (_labels, _targetValues) = (new int[batch.Count], new float[checked(batch.Count * _classCount)]);
        }

        Span<int> labels = _labels.AsSpan(0, batch.Count);
        for (int clip = 0; clip < batch.Count; clip++)
        {
            labels[clip] = batch.HostLabels[(clip * batch.LabelCount) + _labelIndex];
        }

        _mixer.Draw(tape.Context, batch.Count);
        Span<float> targets = _targetValues.AsSpan(0, batch.Count * _classCount);
        _mixer.FillTargets(labels, _classCount, targets);
        _targets = tape.ImportStatistics(targets, new Shape(batch.Count, _classCount));
        _mixing = _options.Mixing.IsOn ? _mixer.Send(tape) : default;
    }

    /// <inheritdoc />
    public override Tensor Loss(Tape tape, in BatchTensors batch, StepMeasurements measured)
    {
        Tensor logits = Classify(tape, batch.Pixels, _mixing);
        measured.Add("batch_accuracy", tape.TopClassAccuracy(logits, _targets));
        return tape.SoftmaxCrossEntropy(logits, _targets);
    }

    /// <inheritdoc />
    public override SyntheticBatch CreateSyntheticBatch(int clips, int captionTokens = 0) =>
        new(Model.Device, Clips, clips, classCount: _classCount);

    /// <inheritdoc />
    public override IEnumerable<IEvaluator> CreateEvaluators(ClipFeed feed) => feed.Data.Validation is { } validation
        ?
        [
            new ClassificationEvaluator(Model.Device, (tape, pixels) => Classify(tape, pixels), _classCount, feed.OpenValidation,
                validation.Count)
            {
                Views = Setup.Recipe.Evaluate.ViewsPerClip,
                AveragesFlips = _options.AveragesFlips,
                LabelIndex = _labelIndex,
                Classes = (feed.Data as ClassificationData)?.Classes,
                Actions = (feed.Data as ClassificationData)?.Actions,
                Outputs = feed.Outputs,
                NameClip = clip => feed.NameClip(clip * Setup.Recipe.Evaluate.ViewsPerClip),
            },
        ]
        : [];

    /// <inheritdoc />
    public override long EvaluationBytes(int clips)
    {
        using Tape tape = new(Model.Device) { IsRecording = false };
        using SyntheticBatch batch = CreateSyntheticBatch(clips);
        Classify(tape, batch.Tensors.Pixels);
        return tape.Arena.PeakBytes;
    }

    /// <inheritdoc />
    public override void Save(string folder)
    {
        base.Save(folder);
        if (Setup.Data is ClassificationData { ClassesPath: { } classes })
        {
            DurableFiles.Copy(classes, Path.Combine(folder, ClassFile.FileName));
        }
    }

    /// <summary>Whether a metric is of the verbs and nouns of actions.</summary>
    internal static bool IsOfActions(string metric) =>
        metric.StartsWith("verb_", StringComparison.Ordinal) || metric.StartsWith("noun_", StringComparison.Ordinal);

    private static int CountClasses(TaskSetup setup, ClassificationOptions options)
    {
        if (setup.Data is not ClassificationData data)
        {
            return options.Classes > 0 ? options.Classes
                : setup.Purpose == TaskPurpose.Measuring ? ClassificationOptions.PlannedClasses
                : throw new RecipeException(setup.Recipe.Name, ["model.classes is 0 and the data does not say how many classes there are: "
                    + "set model.classes."]);
        }

        return options.Classes == 0 || options.Classes == data.Classes.Count ? data.Classes.Count
            : throw new RecipeException(setup.Recipe.Name, [$"model.classes is {options.Classes}, but '{data.ClassesPath}' has "
                + $"{data.Classes.Count} classes of '{data.Classes.Label}'. Set model.classes={data.Classes.Count}."]);
    }
}
