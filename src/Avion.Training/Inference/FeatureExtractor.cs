namespace Avion.Training;

/// <summary>What a trained model makes of clips and texts: unit vectors of a dual encoder, logits of a classifier.</summary>
public sealed class FeatureExtractor : IDisposable
{
    private const int TextsPerBatch = 64;

    private readonly Model _model;
    private readonly Tape _tape;
    private readonly ChosenWeights _weights;

    private FeatureExtractor(ChosenWeights weights, Model model)
    {
        (_weights, _model) = (weights, model);
        _tape = new Tape(model.Device) { IsRecording = false };
        (FrameCount, ImageSize, Outputs) = model switch
        {
            DualEncoder encoder => (encoder.Config.Vision.FrameCount, encoder.Config.Vision.ImageSize,
                [new FeatureOutput("embedding", encoder.Config.EmbeddingSize, IsUnit: true)]),
            VideoClassifier classifier => (classifier.Config.Vision.FrameCount, classifier.Config.Vision.ImageSize,
                [.. classifier.Config.Heads.Select(head => new FeatureOutput(head.Name, head.ClassCount))]),
            VideoMaeClassifier classifier => (classifier.Config.Tubelets.FrameCount, classifier.Config.Tubelets.ImageSize,
                (IReadOnlyList<FeatureOutput>)[new FeatureOutput("head", classifier.Config.ClassCount)]),
            _ => throw new RunException($"'{weights.File}' holds {model.Architecture.Kind}, which has no features of a whole clip. "
                + "Expected a dual encoder or a classifier."),
        };
    }

    /// <summary>The file of weights.</summary>
    public string ModelPath => _weights.File;

    /// <summary>Which weights they are, such as <c>step-000300, the best of 'runs/demo': the average of its weights</c>.</summary>
    public string WeightsText => _weights.Text;

    /// <summary>Names of the classes of the one head of a classifier, by their numbers; null where the weights do not tell.</summary>
    public IReadOnlyList<string>? ClassNames { get; private init; }

    /// <summary>Names of the classes of a head, by their numbers; null where the weights do not tell, or have several heads.</summary>
    public IReadOnlyList<string>? ClassNamesOf(int head) => head == 0 ? ClassNames : null;

    /// <summary>What the device computes with.</summary>
    public DeviceArithmetic Arithmetic => _model.Device.Arithmetic;

    /// <summary>Which frames of a clip are read, in words.</summary>
    public string FramesText => string.Create(CultureInfo.InvariantCulture, $"{FrameCount} of {ImageSize} x {ImageSize}, ")
        + (_weights.FrameStride is { } stride
            ? string.Create(CultureInfo.InvariantCulture, $"{stride} apart in the middle") : "spread evenly");

    /// <summary>T, frames of a clip.</summary>
    public int FrameCount { get; }

    /// <summary>Height and width of a frame in pixels.</summary>
    public int ImageSize { get; }

    /// <summary>Windows that suit the model where nobody asks for others: as long as the frames that it was trained on, at 30 a second,
    /// every half of that; 4 s every 2 s where it takes frames evenly spread over clips of any length.</summary>
    public WindowRule UsualWindows
    {
        get
        {
            const double usualSeconds = 4, usualRate = 30, grid = 2;
            double seconds = _weights.FrameStride is { } stride
                ? Math.Max(Math.Round(FrameCount * stride / usualRate * grid), 1) / grid
                : usualSeconds;
            return new WindowRule(seconds, seconds / 2);
        }
    }

    /// <summary>What <see cref="OfPixels"/> gives: <c>embedding</c>, or the logits of each head.</summary>
    public IReadOnlyList<FeatureOutput> Outputs { get; }

    /// <summary>Whether there is a text encoder too.</summary>
    public bool ReadsText => _model is DualEncoder;

    /// <summary>Bytes of the pixels of a clip.</summary>
    public int ClipBytes => checked(FrameCount * 3 * ImageSize * ImageSize);

    /// <summary>Opens a file of weights, a checkpoint, a pointer to one, or the best checkpoint of a run. Of a checkpoint those weights are
    /// taken that its recipe evaluates: as trained, or their average.</summary>
    /// <exception cref="CheckpointException">The file is damaged or does not say what it holds.</exception>
    /// <exception cref="RunException">There is no checkpoint, or its model has no features.</exception>
    public static FeatureExtractor Open(string path, Device device)
    {
        ChosenWeights weights = ChosenWeights.Of(path);
        Model model = Checkpoint.Load(weights.File, device, withGradients: false);
        try
        {
            return new FeatureExtractor(weights, model) { ClassNames = weights.ClassNames(model.Architecture) };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The tokenizer that the model was trained with.</summary>
    /// <param name="vocabularyPath">A merges file; null for the one beside the weights, else
    /// CLIP's, if the model has as many tokens.</param>
    /// <exception cref="RunException">There is none, or it has more tokens than the model.</exception>
    public BytePairTokenizer OpenTokenizer(string? vocabularyPath)
    {
        int modelSize = ((DualEncoder)_model).Config.Text.VocabularySize;
        string path = vocabularyPath ?? _weights.VocabularyPath()
            ?? throw new RunException($"Texts for '{ModelPath}' have no vocabulary. A run keeps the one that it was trained with as "
                + $"{CaptionedData.VocabularyFile} beside the weights: name it with --vocabulary or copy it there. "
                + $"A model of CLIP's tokens {VocabularySearch.Remedy}.");
        BytePairTokenizer tokenizer = new(BytePairVocabulary.FromMerges(VocabularyFiles.ReadMerges(path), path));
        bool fits = vocabularyPath is null ? tokenizer.VocabularySize == modelSize : tokenizer.VocabularySize <= modelSize;
        return fits ? tokenizer : throw new RunException(
            $"Vocabulary '{path}' has {tokenizer.VocabularySize} tokens, model '{ModelPath}' {modelSize}. "
            + "Give the one it was trained with: --vocabulary.");
    }

    /// <summary>Which frames of a clip are read: those that evaluation takes. Where weights tell of no recipe,
    /// they are spread evenly.</summary>
    /// <param name="views">Views of a clip, each of other frames.</param>
    public FrameSampling FramesOf(int views) => _weights.FrameStride is { } stride
        ? new ViewSampling(stride, views)
        : new SegmentSampling(jitter: false, viewCount: views);

    /// <summary>What is seen of a clip by one view.</summary>
    public ClipView View => new(FramesOf(views: 1), CropsOf(places: 1), FrameCount, ImageSize);

    /// <summary>Which part of the frames is read.</summary>
    /// <param name="places">Square crops along the long side; 1: the centre.</param>
    public static CropPolicy CropsOf(int places) => places == 1 ? new CentreCrop() : new SpacedCrop(places);

    /// <summary>Frames of a part of a video, cropped at the centre: the view that evaluation takes.</summary>
    /// <param name="path">A video file.</param>
    /// <param name="span">Which part.</param>
    /// <param name="source">Reads videos.</param>
    /// <param name="frames">Receives the numbers of the frames.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>[T, 3, H, W].</returns>
    /// <exception cref="DataException">The part lies outside of the video.</exception>
    public byte[] ReadClip(string path, ClipSpan span, IClipSource source, out int[] frames, CancellationToken cancellation = default)
    {
        byte[] pixels = new byte[ClipBytes];
        frames = View.Read(new StoredVideo(path, new VideoSource(path)), span, source, pixels, cancellation).Frames.ToArray();
        return pixels;
    }

    /// <summary>The outputs of one clip, in the order of <see cref="Outputs"/>.</summary>
    /// <param name="pixels">[T, 3, H, W], RGB.</param>
    public float[][] OfPixels(ReadOnlySpan<byte> pixels)
    {
        if (pixels.Length != ClipBytes)
        {
            throw new ArgumentException(
                $"A clip has {pixels.Length} bytes, expected {ClipBytes} for [{FrameCount}, 3, {ImageSize}, {ImageSize}].");
        }

        _tape.Reset();
        Tensor clip = _tape.Allocate(new Shape(1, FrameCount, 3, ImageSize, ImageSize), ElementType.UInt8);
        _model.Device.Upload(pixels, clip);
        return OfClips(clip);
    }

    /// <summary>The outputs of a batch of clips, each [B, size], in the order of <see cref="Outputs"/>.</summary>
    internal float[][] OfBatch(ClipBatch batch)
    {
        _tape.Reset();
        return OfClips(BatchTensors.PixelsOf(batch, _tape));
    }

    /// <summary>A text as the model reads it.</summary>
    public TextReading Read(BytePairTokenizer tokenizer, string text)
    {
        // A token is at least a byte, and no clean-up makes more than three of one.
        int most = checked((3 * Encoding.UTF8.GetByteCount(text)) + 2), context = ((DualEncoder)_model).Config.Text.ContextLength;
        int[] whole = tokenizer.Encode(text, Math.Max(most, context));
        return new TextReading(text, whole.Length <= context ? whole : tokenizer.Encode(text, context), whole.Length);
    }

    /// <summary>The unit vectors of texts, [texts, size].</summary>
    /// <param name="texts">What <see cref="Read"/> gives.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public float[] OfTexts(IReadOnlyList<TextReading> texts, CancellationToken cancellation = default) => CaptionFeatures.Encode(
        (DualEncoder)_model, [.. texts.Select(text => text.Tokens)], TextsPerBatch, cancellation);

    /// <summary>The unit vectors of classes, [K, size].</summary>
    internal float[] OfClasses(ZeroShotClasses classes, ICaptionEncoder tokenizer, CancellationToken cancellation) =>
        classes.Encode((DualEncoder)_model, tokenizer, TextsPerBatch, cancellation);

    /// <summary>exp(logit scale) of a dual encoder.</summary>
    internal double LogitScale
    {
        get
        {
            float[] logarithm = new float[1];
            _model.Device.Download(((DualEncoder)_model).LogitScale.Master, logarithm);
            return Math.Exp(logarithm[0]);
        }
    }

    /// <summary>Tokens of a text, cut to the model's context.</summary>
    public int[] Tokenize(BytePairTokenizer tokenizer, string text) =>
        tokenizer.Encode(text, ((DualEncoder)_model).Config.Text.ContextLength);

    /// <summary>The unit vector of a text.</summary>
    public float[] OfTokens(int[] tokens) => CaptionFeatures.Encode((DualEncoder)_model, [tokens], 1, CancellationToken.None);

    public void Dispose()
    {
        _tape.Dispose();
        _model.Dispose();
    }

    private float[][] OfClips(Tensor clips)
    {
        switch (_model)
        {
            case DualEncoder encoder:
                return [Download(encoder.EncodeVideo(_tape, clips))];
            case VideoClassifier classifier:
                Tensor features = classifier.Encode(_tape, clips);
                return [.. Outputs.Select((_, head) => Download(classifier.Classify(_tape, features, head)))];
            default:
                return [Download(((VideoMaeClassifier)_model).Classify(_tape, clips))];
        }
    }

    private float[] Download(Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        _model.Device.Download(tensor, values);
        return values;
    }
}
