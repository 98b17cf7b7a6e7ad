namespace Avion.Cli;

/// <summary>How well a trained model finds held-out clips by their captions, and whether it reads the direction of motion.</summary>
/// <remarks>C clips, M distinct captions of these clips. Clips stand in the order of the captions
/// file, which is that of the scenes.</remarks>
internal sealed class HeldOutEvaluation
{
    private readonly RetrievalFeatures _features;
    private readonly float[] _similarity;
    private readonly string[] _captions;

    private HeldOutEvaluation(RetrievalFeatures features, IReadOnlyList<Caption> captionOfClip)
    {
        _features = features;
        _similarity = features.Similarity();
        _captions = new string[features.CaptionCount];
        for (int clip = 0; clip < features.ClipCount; clip++)
        {
            _captions[features.CaptionOfClip[clip]] = captionOfClip[(int)features.SampleIds[clip]].Text;
        }
        Reading = MeasureReading(captionOfClip);
        Scores = new EvaluationResult([.. RetrievalEvaluator.Score(features, _similarity, features.OwnCaptionRelevancy())]);
    }

    /// <summary>The retrieval metrics and their chance levels.</summary>
    public EvaluationResult Scores { get; }

    /// <summary>Share of clips nearer to their caption than to the one with the opposite motion.</summary>
    public double MotionPairAccuracy { get; private init; }

    /// <summary>What the model reads: share of clips whose nearest caption has the right colour,
    /// the right shape, the right motion.</summary>
    public (double Colour, double Shape, double Motion) Reading { get; }

    /// <summary>Encodes all held-out clips, their captions and the opposite captions.</summary>
    public static HeldOutEvaluation Run(
        DualEncoder model, Recipe recipe, TrainingData data, IReadOnlyList<Scene> heldOut, ITrainingObserver observer,
        CancellationToken cancellation)
    {
        Caption[] captionOfClip = [.. heldOut.SelectMany(scene => scene.Clips).Select(clip => clip.Caption)];
        IClipDataset clips = data.Validation!;
        DualEncoderOptions options = DualEncoderOptions.Of(recipe);
        ClipForm form = new(options.Vision.Frames, options.Vision.ImageSize, options.Vision.ImageSize, options.Text.ContextLength);
        using ClipLoader loader = new ClipFeed(recipe, data, form).OpenValidation();
        RetrievalFeatures features = RetrievalFeatures.Extract(model, loader, clips.Count, observer.EvaluationProgress, cancellation);
        return new HeldOutEvaluation(features, captionOfClip)
        {
            MotionPairAccuracy = MeasureMotionPairs(model, recipe, data.Encoder!, features, captionOfClip, cancellation),
        };
    }

    private (double Colour, double Shape, double Motion) MeasureReading(IReadOnlyList<Caption> captionOfClip)
    {
        Dictionary<string, Caption> captionOfText = captionOfClip.DistinctBy(caption => caption.Text).ToDictionary(caption => caption.Text);
        (int colours, int shapes, int motions) = (0, 0, 0);
        for (int clip = 0; clip < _features.ClipCount; clip++)
        {
            int nearest = Enumerable.Range(0, _captions.Length).MaxBy(caption => SimilarityOf(clip, caption));
            Caption read = captionOfText[_captions[nearest]], shown = captionOfClip[(int)_features.SampleIds[clip]];
            colours += read.Colour == shown.Colour ? 1 : 0;
            shapes += read.Shape == shown.Shape ? 1 : 0;
            motions += read.Motion == shown.Motion ? 1 : 0;
        }
        double total = Math.Max(1, _features.ClipCount);
        return (colours / total, shapes / total, motions / total);
    }

    private double SimilarityOf(int clip, int caption) => _similarity[(clip * _features.CaptionCount) + caption];

    private static double MeasureMotionPairs(
        DualEncoder model, Recipe recipe, ICaptionEncoder encoder, RetrievalFeatures features, Caption[] captionOfClip,
        CancellationToken cancellation)
    {
        string[] texts = [.. captionOfClip.SelectMany(caption => new[] { caption.Text, caption.Reversed.Text }).Distinct()];
        float[] encoded = CaptionFeatures.Encode(
            model, [.. texts.Select(text => Tokenize(encoder, text, DualEncoderOptions.Of(recipe).Text.ContextLength))],
            recipe.Evaluate.BatchSize, cancellation);
        Dictionary<string, int> numberOf = texts.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        int right = 0;
        for (int clip = 0; clip < features.ClipCount; clip++)
        {
            ReadOnlySpan<float> video = features.Video.Slice(clip * features.EmbeddingSize, features.EmbeddingSize);
            Caption own = captionOfClip[(int)features.SampleIds[clip]];
            double ownSimilarity = ExactProduct.Of(video, Encoded(own)), reversedSimilarity = ExactProduct.Of(video, Encoded(own.Reversed));
            right += ownSimilarity > reversedSimilarity ? 1 : 0;
        }
        return features.ClipCount == 0 ? 0 : (double)right / features.ClipCount;

        ReadOnlySpan<float> Encoded(Caption caption) =>
            encoded.AsSpan(numberOf[caption.Text] * features.EmbeddingSize, features.EmbeddingSize);
    }

    private static int[] Tokenize(ICaptionEncoder encoder, string text, int contextLength)
    {
        int[] tokens = new int[contextLength];
        int count = encoder.Encode(Encoding.UTF8.GetBytes(text), tokens);
        return tokens[..count];
    }
}
