namespace Avion.Training;

/// <summary>How often the nearest of the clips that a question offers is the one that its text describes, by kind of question.</summary>
/// <remarks>
/// A question is right when no other choice is at least as similar as the right one; a model that cannot tell them apart has no merit. A
/// question with a clip that could not be read is left out and counted.
/// Source: EgoMCQ, Lin et al. 2022, "Egocentric video-language pretraining" (arXiv:2206.01670), section 5.1.
/// </remarks>
/// <param name="model">The model.</param>
/// <param name="encoder">Reads the texts.</param>
/// <param name="questions">What is asked.</param>
/// <param name="openLoader">Opens one pass over the clips of all choices.</param>
/// <param name="clips">Samples of the pass.</param>
public sealed class MultipleChoiceEvaluator(
    DualEncoder model, ICaptionEncoder encoder, IReadOnlyList<ChoiceQuestion> questions, Func<ClipLoader> openLoader, int clips)
    : IEvaluator
{
    /// <summary>Its word on the command line.</summary>
    public const string Word = "mcq";

    private const int TextsPerBatch = 64;

    /// <inheritdoc />
    public string Name => Word;

    /// <inheritdoc />
    public IReadOnlyList<string> FileEndings => [".json"];

    /// <summary>Averages each clip with its mirror image.</summary>
    public bool AveragesFlips { get; init; }

    /// <summary>Takes the similarities of choices for files; null for none.</summary>
    public EvaluationOutputs? Outputs { get; init; }

    /// <exception cref="RunException">No clip could be read.</exception>
    public IEnumerable<Scalar> Run(ITrainingObserver observer, CancellationToken cancellation)
    {
        using ClipLoader loader = openLoader();
        ClipFeatures features = ClipFeatures.Extract(model, loader, AveragesFlips, take: null,
            done => observer.EvaluationProgress(done, clips), cancellation);
        features.RequireSome(loader, clips, observer);
        string[] texts = [.. questions.Select(question => question.Text).Distinct(StringComparer.Ordinal)];
        Dictionary<string, int> numberOf = texts.Index().ToDictionary(text => text.Item, text => text.Index, StringComparer.Ordinal);
        float[] vectors = CaptionFeatures.Encode(model, CaptionFeatures.Tokenize(encoder, texts, model.Config.Text.ContextLength),
            TextsPerBatch, cancellation);
        Dictionary<long, int> clipOf = features.SampleIds.Index().ToDictionary(clip => clip.Item, clip => clip.Index);
        ChoiceQuestion[] whole = [.. questions.Where(question => question.Clips.All(clip => clipOf.ContainsKey(clip)))];
        float[][] similarities =
        [
            .. whole.Select(question => (float[])[.. question.Clips.Select(clip =>
                (float)ExactProduct.Of(features[clipOf[clip]], vectors.AsSpan(numberOf[question.Text] * features.Size, features.Size)))]),
        ];
        AddOutputs(whole, similarities);
        return Score(whole, similarities, questions.Count - whole.Length);
    }

    /// <summary>The metrics of given similarities, one of each choice.</summary>
    public static IEnumerable<Scalar> Score(IReadOnlyList<ChoiceQuestion> questions, IReadOnlyList<float[]> similarities, int leftOut)
    {
        foreach (string kind in questions.Select(question => question.Kind).Distinct().Order(StringComparer.Ordinal))
        {
            int[] ofKind = [.. Enumerable.Range(0, questions.Count).Where(i => questions[i].Kind == kind)];
            yield return new Scalar($"mcq_{kind}", ofKind.Average(i => IsRight(questions[i].Answer, similarities[i]) ? 1.0 : 0));
            yield return new Scalar($"mcq_{kind}_chance", ofKind.Average(i => 1.0 / questions[i].Clips.Count));
            yield return new Scalar($"mcq_{kind}_questions", ofKind.Length);
        }

        yield return new Scalar("mcq_questions_left_out", leftOut);
    }

    private static bool IsRight(int answer, float[] similarities) =>
        similarities.Index().All(choice => choice.Index == answer || similarities[answer] > choice.Item);

    private void AddOutputs(ChoiceQuestion[] asked, float[][] similarities)
    {
        int choices = asked.Length > 0 ? asked[0].Clips.Count : 0;
        if (Outputs is null || asked.Any(question => question.Clips.Count != choices))
        {
            return;
        }

        Outputs.Add(new OutputTable("choice", OutputMeaning.Scores, [.. asked.Select(question => question.Text)], choices,
            [.. similarities.SelectMany(row => row)])
        {
            Truth = [.. asked.Select(question => question.Answer)],
        });
    }
}
