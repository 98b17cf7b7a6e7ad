namespace Avion.Training;

/// <summary>What every training of a dual encoder does alike; a task adds the loss of the features, its data and its evaluators.</summary>
/// <remarks>
/// Features: V, T [B, E] unit rows of clips and captions; similarities are multiplied by s = exp(logit scale), held within 1 and 100.
/// </remarks>
/// <param name="setup">Recipe, device, data and purpose.</param>
/// <param name="model">What is trained; the task disposes it.</param>
public abstract class DualEncoderTask(TaskSetup setup, DualEncoder model) : TrainingTask(setup), IFeatureTask
{
    /// <summary>Bounds of the logit scale, a logarithm: similarities are multiplied by 1 to 100.</summary>
    private const float MinimumLogitScale = 0;
    private static readonly float s_maximumLogitScale = (float)Math.Log(100);

    /// <inheritdoc />
    public override DualEncoder Model => model;

    /// <inheritdoc />
    public override ClipForm Clips => new(model.Config.Vision.FrameCount, model.Config.Vision.ImageSize, model.Config.Vision.ImageSize,
        model.Config.Text.ContextLength);

    /// <inheritdoc />
    public override IReadOnlyList<Elimination> Eliminations { get; } =
    [
        new("captions are not padded", EliminationKind.Padding),
        new("last blocks compute the rows that are read", EliminationKind.UnreadRows),
    ];

    /// <inheritdoc />
    public virtual PairFeatures Features(Tape tape, in BatchTensors batch)
    {
        Tensor video = model.EncodeVideo(tape, batch.Pixels);
        return new PairFeatures(video, model.EncodeText(tape, batch.TokenIds, batch.Captions));
    }

    /// <inheritdoc />
    public abstract Tensor LossOfFeatures(Tape tape, in PairFeatures features, StepMeasurements measured);

    /// <inheritdoc />
    public sealed override Tensor Loss(Tape tape, in BatchTensors batch, StepMeasurements measured) =>
        LossOfFeatures(tape, Features(tape, batch), measured);

    /// <inheritdoc />
    public override void AfterUpdate()
    {
        if (!model.LogitScale.IsFrozen)
        {
            Clamp.Scalar(model.Device, model.LogitScale.Master, MinimumLogitScale, s_maximumLogitScale);
        }
    }

    /// <inheritdoc />
    public override SyntheticBatch CreateSyntheticBatch(int clips, int captionTokens = 0) =>
        new(model.Device, Clips, clips, captionTokens, model.Config.Text.VocabularySize);

    /// <inheritdoc />
    public override IEnumerable<IEvaluator> CreateEvaluators(ClipFeed feed) => DualEncoderEvaluators.Of(model, Setup.Recipe, feed);

    /// <summary>Clips and captions are encoded on a tape each.</summary>
    public override long EvaluationBytes(int clips)
    {
        using Tape video = new(model.Device) { IsRecording = false }, text = new(model.Device) { IsRecording = false };
        using SyntheticBatch batch = CreateSyntheticBatch(clips);
        model.EncodeVideo(video, batch.Tensors.Pixels);
        model.EncodeText(text, batch.Tensors.TokenIds, batch.Tensors.Captions);
        return video.Arena.PeakBytes + text.Arena.PeakBytes;
    }

    /// <inheritdoc />
    public override void Save(string folder)
    {
        base.Save(folder);
        if (Setup.Data is CaptionedData { VocabularyPath: { } vocabulary })
        {
            DurableFiles.Copy(vocabulary, Path.Combine(folder, CaptionedData.VocabularyFile));
        }
    }

    /// <summary>The features of all ranks in rank order, through which gradients flow back to theirs; with one rank, its own.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="own">Those of this rank.</param>
    /// <param name="firstRow">Where they begin among all.</param>
    protected static PairFeatures OfAllRanks(Tape tape, in PairFeatures own, out int firstRow)
    {
        firstRow = tape.Context.Rank * own.Video.Shape.Rows;
        return tape.Context is { RankCount: > 1, Communicator: { } ranks }
            ? new PairFeatures(tape.AllGatherRows(ranks, own.Video), tape.AllGatherRows(ranks, own.Text))
            : own;
    }

    /// <summary>Makes the model that a recipe asks for, with random values.</summary>
    /// <exception cref="RunException">The vocabulary of the data does not fit into the model.</exception>
    protected static DualEncoder CreateModel(TaskSetup setup)
    {
        DualEncoderOptions options = DualEncoderOptions.Of(setup.Recipe);
        int vocabulary = setup.Data?.Encoder?.VocabularySize ?? options.Text.VocabularySize;
        if (vocabulary > options.Text.VocabularySize)
        {
            throw new RunException($"The vocabulary has {vocabulary} tokens, expected at most model.text.vocabulary_size "
                + $"{options.Text.VocabularySize}. Set model.text.vocabulary_size={vocabulary}.");
        }

        // A caption is read at its end-of-text token, which is the last of the vocabulary: the model has no rows beyond it.
        return DualEncoder.Create(options.ModelConfig(vocabulary), setup.Device, setup.Recipe.Train.Seed,
            PixelNormalization.Get(options.Vision.PixelNormalization), withGradients: setup.Purpose != TaskPurpose.Evaluation,
            freezes: name => setup.Freezes(name) || (options.FreezesLogitScale && name == DualEncoder.LogitScaleName));
    }
}
