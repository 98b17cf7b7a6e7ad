namespace Avion.Training;

/// <summary>What a dual encoder is asked beside retrieval (keys <c>evaluate.*</c>).</summary>
public sealed record DualEncoderEvaluation
{
    public bool Flip { get; init; }

    public string Classes { get; init; } = "";

    public TextList Templates { get; init; } = ["a video of {}."];

    public string Questions { get; init; } = "";

    public string QuestionVideos { get; init; } = "";

    internal static IEnumerable<RecipeKey> KeysIn(RecipeSection<DualEncoderEvaluation> evaluate)
    {
        yield return evaluate.Boolean("flip", "Evaluate each clip by the mean of its vector and that of its mirror image.",
            s => s.Flip, (s, v) => s with { Flip = v }).WithoutEffectOnResult();
        yield return evaluate.Text("classes", "Names of classes, one a line, to classify the labelled clips of data.validation by their "
            + "names alone (zero-shot); empty: not done.", s => s.Classes, (s, v) => s with { Classes = v }).WithoutEffectOnResult();
        yield return evaluate.List("templates", "Texts with {} where the name of a class goes, of which the vectors are averaged; or "
            + "egocentric, for #C C {} and #C {}; or one file of them.", s => s.Templates, (s, v) => s with { Templates = v })
            .WithoutEffectOnResult();
        yield return evaluate.Text("questions", "EgoMCQ's JSON file: texts, each with five clips to choose from; empty: not asked.",
            s => s.Questions, (s, v) => s with { Questions = v }).WithoutEffectOnResult();
        yield return evaluate.Text("question_videos", "Folder of the videos of evaluate.questions, cut as those of data.train are; empty: "
            + "data.train.videos.", s => s.QuestionVideos, (s, v) => s with { QuestionVideos = v }).WithoutEffectOnResult();
    }
}
