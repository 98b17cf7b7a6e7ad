namespace Avion.Training.Tests;

/// <summary>Questions with five clips to choose from.</summary>
public sealed class MultipleChoiceTests : IDisposable
{
    private const string Question = """
        "{0}": {"answer": {1}, "types": {2}, "query": {"video_uid": "q", "clip_text": "#C C opens a door"},
          "choices": {"0": {"video_uid": "v", "clip_start": 1, "clip_end": 2.5, "clip_text": "x"},
                      "1": {"video_uid": "w", "clip_start": "3.0", "clip_end": 4, "clip_text": "y"},
                      "10": {"video_uid": "u", "clip_start": 0, "clip_end": 1},
                      "2": {"video_uid": "v", "clip_start": 1, "clip_end": 2.5}}}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Questions_are_read_with_each_clip_once_and_choices_in_the_order_of_their_numbers()
    {
        (IReadOnlyList<ChoiceQuestion> questions, ClipTable clips) = QuestionSet.Read(Write(Text(0, 3, 1), Text(1, 0, 2)));
        Assert.Equal(["v (1.00-2.50 s)", "w (3.00-4.00 s)", "u (0.00-1.00 s)"], Enumerable.Range(0, clips.Count).Select(clips.Describe));
        Assert.Equal([0, 1, 0, 2], questions[0].Clips);
        Assert.Equal(("#C C opens a door", 3, "intra"), (questions[0].Text, questions[0].Answer, questions[0].Kind));
        Assert.Equal((0, "inter"), (questions[1].Answer, questions[1].Kind));
    }

    [Theory]
    [InlineData("{", "the file")]
    [InlineData("{}", "has no questions")]
    [InlineData("{\"7\": {\"answer\": 1}}", "question 7")]
    [InlineData("[1]", "the file")]
    public void What_is_no_question_is_told_with_its_place(string json, string expected)
    {
        File.WriteAllText(_folder.File("q.json"), json);
        Assert.Contains(expected, Assert.Throws<DataException>(() => QuestionSet.Read(_folder.File("q.json"))).Message);
    }

    [Fact]
    public void An_answer_that_is_no_choice_and_a_clip_that_is_no_part_are_refused()
    {
        Assert.Contains("answer is 4, and there are 4 choices",
            Assert.Throws<DataException>(() => QuestionSet.Read(Write(Text(0, 4, 1)))).Message);
        Assert.Contains("is -1 to 2.5 s", Assert.Throws<DataException>(() =>
            QuestionSet.Read(Write(Text(0, 1, 1).Replace("\"clip_start\": 1,", "\"clip_start\": -1,", StringComparison.Ordinal)))).Message);
    }

    [Fact]
    public void Shares_are_by_kind_and_a_tie_is_no_right_answer()
    {
        ChoiceQuestion Of(int answer, string kind) => new("t", [0, 1, 2, 3, 4], answer, kind);
        EvaluationResult result = new([.. MultipleChoiceEvaluator.Score(
            [Of(0, "inter"), Of(1, "inter"), Of(2, "inter"), Of(4, "intra")],
            [[0.9f, 0, 0, 0, 0], [0.5f, 0.5f, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0.1f]], leftOut: 2)]);
        Assert.Equal((1.0 / 3, 1.0, 3.0, 2.0), (result["mcq_inter"], result["mcq_intra"], result["mcq_inter_questions"],
            result["mcq_questions_left_out"]));
        Assert.Equal(0.2, result["mcq_inter_chance"], 1e-12);
    }

    [Fact]
    public void A_question_is_answered_by_the_nearest_clip_and_left_out_where_a_clip_is_missing()
    {
        TrainingData clips = SyntheticClips.Data(train: 48, validation: 40);
        using CpuDevice device = new(2);
        Recipe recipe = DualEncoderRunTests.TinyRecipe(_folder.File("run"));
        using ContrastiveTask task = ContrastiveTask.Create(new TaskSetup(recipe, device, clips, TaskPurpose.Training));
        ClipFeed feed = new(recipe, clips, task.Clips);
        using ClipLoader loader = feed.OpenValidation();
        RetrievalFeatures features = RetrievalFeatures.Extract(task.Model, loader, 40, null, TestContext.Current.CancellationToken);
        float[] similarity = features.Similarity();
        int CaptionOf(int level) => features.CaptionOfClip[Enumerable.Range(0, 40).First(clip => SyntheticClips.LevelOf(clip) == level)];
        float[] Row(int level, int[] choices) => [.. choices.Select(clip => similarity[(clip * features.CaptionCount) + CaptionOf(level)])];
        int[][] choices = [[0, 7, 13, 20, 39], [5, 6, 7, 8, 9], [30, 2, 4, 6, 8], [1, 2, 3, 4, 100]];
        ChoiceQuestion[] questions =
        [
            .. choices.Select((clip, i) => new ChoiceQuestion(new string((char)('a' + (2 * i)), 3), clip, i % 5, i % 2 == 0 ? "inter" : "intra")),
        ];
        MultipleChoiceEvaluator evaluator = new(task.Model, clips.Encoder!, questions, feed.OpenValidation, 40);
        EvaluationResult result = new([.. evaluator.Run(new RecordingObserver(), TestContext.Current.CancellationToken)]);
        double Right(int i) => Row(2 * i, choices[i]) is { } row && row.Index().MaxBy(choice => choice.Item).Index == i % 5 ? 1 : 0;
        Assert.Equal((Right(0) + Right(2)) / 2, result["mcq_inter"], 1e-12);
        Assert.Equal(Right(1), result["mcq_intra"], 1e-12);
        Assert.Equal((1.0, 1.0), (result["mcq_intra_questions"], result["mcq_questions_left_out"]));
    }

    private static string Text(int number, int answer, int type) => Question.Replace("{0}", $"{number}", StringComparison.Ordinal)
        .Replace("{1}", $"{answer}", StringComparison.Ordinal).Replace("{2}", $"{type}", StringComparison.Ordinal);

    private string Write(params string[] questions)
    {
        File.WriteAllText(_folder.File("questions.json"), $"{{{string.Join(",\n", questions)}}}");
        return _folder.File("questions.json");
    }
}
