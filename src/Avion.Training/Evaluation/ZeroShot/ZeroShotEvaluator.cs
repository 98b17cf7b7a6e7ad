namespace Avion.Training;

/// <summary>How often the class whose texts lie nearest to a clip is the clip's own: classification by a model
/// that never saw the classes.</summary>
/// <remarks>
/// score[c, k] = v[c]·u[k], v the unit vector of a clip and u that of a class, the mean over its templates scaled to length one.
/// Source: Radford et al. 2021, section 3.1.4 (arXiv:2103.00020).
/// </remarks>
/// <param name="model">The model.</param>
/// <param name="encoder">Reads the texts.</param>
/// <param name="classes">The classes.</param>
/// <param name="openLoader">Opens one pass over clips with one label each.</param>
/// <param name="clips">Samples of the pass.</param>
public sealed class ZeroShotEvaluator(
    DualEncoder model, ICaptionEncoder encoder, ZeroShotClasses classes, Func<ClipLoader> openLoader, int clips) : IEvaluator
{
    /// <summary>Its word on the command line.</summary>
    public const string Word = "zero-shot";

    private const int TextsPerBatch = 64;

    /// <inheritdoc />
    public string Name => Word;

    /// <inheritdoc />
    public IReadOnlyList<string> FileEndings => [".json", ".safetensors", ".npy"];

    /// <summary>Averages each clip with its mirror image.</summary>
    public bool AveragesFlips { get; init; }

    /// <summary>Takes scores and embeddings for files; null for none.</summary>
    public EvaluationOutputs? Outputs { get; init; }

    /// <summary>Name of each clip by its sample, for outputs.</summary>
    public Func<long, string> NameClip { get; init; } = sample => sample.ToString(CultureInfo.InvariantCulture);

    /// <exception cref="RunException">No clip could be read, or clips have not one label each.</exception>
    public IEnumerable<Scalar> Run(ITrainingObserver observer, CancellationToken cancellation)
    {
        float[] texts = classes.Encode(model, encoder, TextsPerBatch, cancellation);
        using ClipLoader loader = openLoader();
        ClipFeatures features = ClipFeatures.Extract(model, loader, AveragesFlips, take: null,
            done => observer.EvaluationProgress(done, clips), cancellation);
        features.RequireSome(loader, clips, observer);
        if (features.LabelCount != 1)
        {
            throw new RunException($"The clips to classify have {features.LabelCount} labels each, expected one: give annotations with a "
                + "column 'label', or lines of 'path label', with --set data.validation.annotations=…");
        }

        int count = classes.Classes.Count;
        float[] scores = UnitVectors.Cosines(features.Values.ToArray(), features.Count, texts, count, features.Size);
        if (Outputs is not null)
        {
            AddOutputs(Outputs, features, texts, scores);
        }

        ClassMeter meter = new(count);
        double[] row = new double[count];
        for (int clip = 0; clip < features.Count; clip++)
        {
            for (int label = 0; label < count; label++)
            {
                row[label] = scores[(clip * count) + label];
            }

            meter.Add(row, features.Labels[clip]);
        }

        return
        [
            new("zero_shot_top1", meter.Top1), new("zero_shot_top1_chance", meter.Top1Chance),
            new("zero_shot_top5", meter.Top5), new("zero_shot_top5_chance", meter.Top5Chance),
            new("zero_shot_mean_class_accuracy", meter.MeanClassAccuracy), new("zero_shot_mean_class_accuracy_chance", meter.Top1Chance),
            new("zero_shot_clips", meter.Count), new("zero_shot_classes", count),
            new("zero_shot_unreadable_clips", features.UnreadableClips),
        ];
    }

    private void AddOutputs(EvaluationOutputs outputs, ClipFeatures features, float[] texts, float[] scores)
    {
        string[] names = [.. features.SampleIds.Select(NameClip)];
        outputs.Add(new OutputTable("video", OutputMeaning.Features, names, features.Size, features.Values.ToArray()));
        outputs.Add(new OutputTable("class", OutputMeaning.Features, classes.Classes.Names, features.Size, texts));
        outputs.Add(new OutputTable("label", OutputMeaning.Scores, names, classes.Classes.Count, scores)
        {
            ColumnNames = classes.Classes.Names,
            Truth = features.Labels.ToArray(),
        });
    }
}
