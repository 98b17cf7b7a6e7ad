namespace Avion.Training;

/// <summary>One of the likeliest classes of a clip.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">Its name; null where nobody tells it.</param>
/// <param name="Probability">Its share among the classes, 0 to 1.</param>
/// <param name="Score">What the share is of: the cosine with the class's texts, or the logit of a classifier's head.</param>
public readonly record struct LikelyClass(int Number, string? Name, double Probability, double Score)
{
    /// <summary>Decimals of what is written into files.</summary>
    public const int WrittenDigits = 6;

    /// <summary>Writes it: <c>{"class": "cut", "number": 3, "probability": 0.81, "cosine": 0.29}</c>, without a class
    /// where nobody tells its name.</summary>
    /// <param name="json">Takes it.</param>
    /// <param name="scoreName">What the score is called; null leaves it out.</param>
    public void WriteTo(Utf8JsonWriter json, string? scoreName = null)
    {
        json.WriteStartObject();
        if (Name is not null)
        {
            json.WriteString("class", Name);
        }

        json.WriteNumber("number", Number);
        json.WriteNumber("probability", Math.Round(Probability, WrittenDigits));
        if (scoreName is not null)
        {
            json.WriteNumber(scoreName, Math.Round(Score, WrittenDigits));
        }

        json.WriteEndObject();
    }
}

/// <summary>What a classifier tells apart at a time: the labels that are given, or the classes of one of a model's heads.</summary>
/// <param name="Name"><c>label</c>, or the name of the head.</param>
/// <param name="ClassCount">K.</param>
public sealed record ClassifierHeadOutput(string Name, int ClassCount);

/// <summary>Says which classes clips are likeliest of: by the names of classes alone, or by a model that was trained on them.</summary>
/// <remarks>
/// By names: score[k] = v·u[k] for the unit vector v of a clip and u[k] of a class, the mean of the unit vectors of its texts scaled to
/// length one; p = softmax(s·score), s = exp(logit scale) of the model (Radford et al. 2021, section 3.1.4, arXiv:2103.00020). Trained: p =
/// softmax of the logits of a head. Both are shares among the classes that there are; neither is calibrated.
/// </remarks>
public sealed class ClipClassifier
{
    private readonly float[]? _classes;
    private readonly IReadOnlyList<string>?[] _names;

    private ClipClassifier(IReadOnlyList<ClassifierHeadOutput> heads, IReadOnlyList<string>?[] names, float[]? classes, double scale) =>
        (Heads, _names, _classes, Scale) = (heads, names, classes, scale);

    /// <summary>What is told apart.</summary>
    public IReadOnlyList<ClassifierHeadOutput> Heads { get; }

    /// <summary>Whether classes are known by their names alone.</summary>
    public bool IsZeroShot => _classes is not null;

    /// <summary>By what scores are multiplied before the softmax: the model's own, 1 for a trained classifier.</summary>
    public double Scale { get; }

    /// <summary>Classifies by names.</summary>
    /// <param name="extractor">A dual encoder.</param>
    /// <param name="classes">The names, and the texts that are made of them.</param>
    /// <param name="tokenizer">Reads the texts.</param>
    /// <param name="cancellation">Stops between batches of texts.</param>
    public static ClipClassifier ByNames(
        FeatureExtractor extractor, ZeroShotClasses classes, ICaptionEncoder tokenizer, CancellationToken cancellation = default) => new(
        [new ClassifierHeadOutput(classes.Classes.Label, classes.Classes.Count)], [classes.Classes.Names],
        extractor.OfClasses(classes, tokenizer, cancellation), extractor.LogitScale);

    /// <summary>Classifies by the heads of a model.</summary>
    /// <param name="extractor">A classifier.</param>
    /// <param name="names">Names of the classes of each head; null for those that the weights tell.</param>
    /// <param name="option">Where names are given, for messages.</param>
    /// <exception cref="RunException">There are not as many names as classes.</exception>
    public static ClipClassifier Trained(FeatureExtractor extractor, IReadOnlyList<ClassList>? names, string option)
    {
        IReadOnlyList<FeatureOutput> heads = extractor.Outputs;
        IReadOnlyList<string>?[] known = [.. heads.Select((_, head) => extractor.ClassNamesOf(head))];
        if (names is not null)
        {
            string given = string.Join(", ", names.Select(list => list.Count)),
                expected = string.Join(", ", heads.Select(head => head.Size));
            known = names.Select(list => list.Count).SequenceEqual(heads.Select(head => head.Size)) ? [.. names.Select(list => list.Names)]
                : throw new RunException($"{option} name {given} classes, expected {expected} for "
                    + $"{string.Join(", ", heads.Select(head => head.Name))}.");
        }

        return new ClipClassifier([.. heads.Select(head => new ClassifierHeadOutput(head.Name, head.Size))], known, null, 1);
    }

    /// <summary>The likeliest classes, the likeliest first; equal ones by their numbers.</summary>
    /// <param name="head">Place among <see cref="Heads"/>.</param>
    /// <param name="values">The model's output of the clip: the embedding, or the logits of the head.</param>
    /// <param name="count">How many.</param>
    public LikelyClass[] Likeliest(int head, ReadOnlySpan<float> values, int count)
    {
        double[] scores = ScoresOf(head, values);
        double largest = scores.Max(), sum = scores.Sum(score => Math.Exp(Scale * (score - largest)));
        return [.. scores.Select((score, number) => (score, number)).OrderByDescending(each => each.score).ThenBy(each => each.number)
            .Take(count)
            .Select(each => new LikelyClass(each.number, _names[head]?[each.number], Math.Exp(Scale * (each.score - largest)) / sum,
                each.score))];
    }

    private double[] ScoresOf(int head, ReadOnlySpan<float> values)
    {
        double[] scores = new double[Heads[head].ClassCount];
        for (int k = 0; k < scores.Length; k++)
        {
            scores[k] = _classes is null ? values[k] : ExactProduct.Of(values, _classes.AsSpan(k * values.Length, values.Length));
        }

        return scores;
    }
}
