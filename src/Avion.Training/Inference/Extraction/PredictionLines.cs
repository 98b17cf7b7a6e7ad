namespace Avion.Training;

/// <summary>The likeliest classes of clips as JSON lines: a clip as <see cref="ClipLines"/> has it, and for each head
/// <c>"verb": [{"class": "cut", "number": 3, "probability": 0.81}, …]</c>.</summary>
/// <remarks>Probabilities are the softmax of the logits; of several views the softmax of their mean.</remarks>
internal sealed class PredictionLines
{
    /// <summary>The file of them.</summary>
    public const string FileName = "predictions.jsonl";

    private readonly ClipClassifier _classifier;
    private readonly int _count;
    private readonly bool _hasView;

    /// <exception cref="RunException">The model has no classes, or those that are named are not as many.</exception>
    public PredictionLines(FeatureExtractor extractor, ExtractionOptions options)
    {
        (_count, _hasView) = (options.Predictions, options.Features.KeepsViews);
        _classifier = extractor.ReadsText
            ? throw new RunException($"'{extractor.ModelPath}' holds a dual encoder, which knows no classes: compare its clips with the "
                + "names of yours by 'avion classify', or leave --predictions out.")
            : ClipClassifier.Trained(extractor, options.Classes, "--classes");
    }

    /// <summary>Writes the line of a clip.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="clip">The clip.</param>
    /// <param name="batch">What it was computed with.</param>
    /// <param name="row">Its place there.</param>
    public void Write(Stream stream, FeatureRow clip, FeatureBatch batch, int row) => ClipLines.Write(stream, clip, _hasView, json =>
    {
        for (int head = 0; head < _classifier.Heads.Count; head++)
        {
            json.WriteStartArray(_classifier.Heads[head].Name);
            foreach (LikelyClass likely in _classifier.Likeliest(head, batch.Values(head, row), _count))
            {
                likely.WriteTo(json);
            }

            json.WriteEndArray();
        }
    });
}
