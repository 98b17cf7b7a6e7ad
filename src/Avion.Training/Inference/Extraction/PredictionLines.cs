namespace Avion.Training;

/// <summary>The likeliest classes of clips as JSON lines: a clip as <see cref="ClipLines"/> has it, and for each head
/// <c>"verb": [{"class": "cut", "number": 3, "probability": 0.81}, …]</c>.</summary>
/// <remarks>Probabilities are the softmax of the logits; of several views the softmax of their mean.</remarks>
internal sealed class PredictionLines
{
    private readonly IReadOnlyList<FeatureOutput> _heads;
    private readonly IReadOnlyList<string>?[] _names;
    private readonly int _count;
    private readonly bool _hasView;

    /// <exception cref="RunException">The model has no classes, or those that are named are not as many.</exception>
    public PredictionLines(FeatureExtractor extractor, ExtractionOptions options)
    {
        (_heads, _count, _hasView) = (extractor.Outputs, options.Predictions, options.Features.KeepsViews);
        if (extractor.ReadsText)
        {
            throw new RunException($"'{extractor.ModelPath}' holds a dual encoder, which knows no classes: compare its clips with the names of yours by "
                + "'avion classify', or leave --predictions out.");
        }

        _names = [.. _heads.Select((_, head) => extractor.ClassNamesOf(head))];
        if (options.Classes is { } classes)
        {
            string given = string.Join(", ", classes.Select(list => list.Count)), expected = string.Join(", ", _heads.Select(head => head.Size));
            _names = classes.Select(list => list.Count).SequenceEqual(_heads.Select(head => head.Size)) ? [.. classes.Select(list => list.Names)]
                : throw new RunException($"--classes name {given} classes, expected {expected} for {string.Join(", ", _heads.Select(head => head.Name))}.");
        }
    }

    /// <summary>Writes the line of a row.</summary>
    public void Write(Stream stream, FeatureBatch batch, int row) => ClipLines.Write(stream, batch.Rows[row], _hasView, json =>
    {
        for (int head = 0; head < _heads.Count; head++)
        {
            json.WriteStartArray(_heads[head].Name);
            foreach ((int number, double probability) in FeatureExtractor.Likeliest(batch.Values(head, row), _count))
            {
                json.WriteStartObject();
                if (_names[head] is { } names)
                {
                    json.WriteString("class", names[number]);
                }

                json.WriteNumber("number", number);
                json.WriteNumber("probability", Math.Round(probability, 6));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    });
}
