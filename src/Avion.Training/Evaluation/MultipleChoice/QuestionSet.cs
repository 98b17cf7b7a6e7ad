using System.Text.Json;

namespace Avion.Training;

/// <summary>Questions with the clips that they offer.</summary>
/// <param name="Questions">The questions.</param>
/// <param name="Clips">The distinct clips of all choices.</param>
public sealed record QuestionSet(IReadOnlyList<ChoiceQuestion> Questions, IClipDataset Clips)
{
    private const int LargestFileBytes = 1 << 30;

    /// <summary>Reads EgoMCQ's file and joins it with the videos that a recipe names; null where it names none.</summary>
    /// <exception cref="DataException">The file is missing or wrong, or its videos are.</exception>
    public static QuestionSet? Open(Recipe recipe)
    {
        DualEncoderEvaluation options = DualEncoderOptions.Of(recipe).Evaluation;
        if (options.Questions.Length == 0)
        {
            return null;
        }

        DataSourceRecipe videos = recipe.Data.Train with
        {
            Videos = options.QuestionVideos.Length > 0 ? options.QuestionVideos : recipe.Data.Train.Videos,
        };
        if (videos.Videos.Length == 0)
        {
            throw new RunException("evaluate.questions is given without videos. Give them with --set evaluate.question_videos=…");
        }

        (IReadOnlyList<ChoiceQuestion> questions, ClipTable clips) = Read(options.Questions);
        return new QuestionSet(questions, ClipSets.ToEvaluate(recipe, clips, videos));
    }

    /// <summary>Reads questions of the form {"0": {"answer", "types", "query": {"clip_text"}, "choices": {"0": {"video_uid", "clip_start",
    /// "clip_end"}, …}}, …}; type 1 is asked within one video (intra), type 2 between videos (inter).</summary>
    /// <returns>The questions, whose clips are rows of the table.</returns>
    /// <exception cref="DataException">The file is missing or wrong; the message has the question.</exception>
    public static (IReadOnlyList<ChoiceQuestion> Questions, ClipTable Clips) Read(string path)
    {
        ClipTable clips = new(path);
        Dictionary<(string Video, double Start, double End), int> rows = [];
        List<ChoiceQuestion> questions = [];
        string place = "the file";
        try
        {
            using JsonDocument document = JsonDocument.Parse(RegularFile.ReadAllBytes(path, LargestFileBytes));
            foreach (JsonProperty entry in document.RootElement.EnumerateObject())
            {
                place = $"question {entry.Name}";
                questions.Add(Question(entry.Value, clips, rows));
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
            or IOException or UnauthorizedAccessException)
        {
            throw new DataException($"'{path}', {place}: {error.Message.TrimEnd('.')}; expected EgoMCQ's questions, each with answer, "
                + "types, query.clip_text and choices of video_uid, clip_start and clip_end.", error);
        }

        return questions.Count > 0 ? (questions, clips) : throw new DataException($"'{path}' has no questions, expected EgoMCQ's.");
    }

    private static ChoiceQuestion Question(
        JsonElement question, ClipTable clips, Dictionary<(string Video, double Start, double End), int> rows)
    {
        // Choices are named by their places, which the file need not have in order.
        int[] choices =
        [
            .. question.GetProperty("choices").EnumerateObject()
                .OrderBy(choice => int.Parse(choice.Name, NumberStyles.None, CultureInfo.InvariantCulture))
                .Select(choice => RowOf(choice.Value, clips, rows)),
        ];
        int answer = Whole(question.GetProperty("answer"));
        string type = question.GetProperty("types").ToString();
        return answer >= 0 && answer < choices.Length
            ? new ChoiceQuestion(question.GetProperty("query").GetProperty("clip_text").GetString() ?? "", choices, answer,
                type switch { "1" => "intra", "2" => "inter", _ => type.Replace(' ', '_') })
            : throw new FormatException($"answer is {answer}, and there are {choices.Length} choices");
    }

    private static int RowOf(JsonElement choice, ClipTable clips, Dictionary<(string Video, double Start, double End), int> rows)
    {
        (string Video, double Start, double End) clip =
            (choice.GetProperty("video_uid").GetString() ?? "", Number(choice.GetProperty("clip_start")),
                Number(choice.GetProperty("clip_end")));
        if (!(clip.Start >= 0 && clip.End >= clip.Start && double.IsFinite(clip.End)))
        {
            throw new FormatException($"the clip of '{clip.Video}' is {clip.Start} to {clip.End} s, which is no part of a video");
        }

        if (!rows.TryGetValue(clip, out int row))
        {
            row = clips.Count;
            rows.Add(clip, row);
            clips.Add(clip.Video, new ClipSpan(clip.Start, clip.End));
        }

        return row;
    }

    private static int Whole(JsonElement number) => number.ValueKind == JsonValueKind.String
        ? int.Parse(number.GetString()!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
        : number.GetInt32();

    private static double Number(JsonElement number) => number.ValueKind == JsonValueKind.String
        ? double.Parse(number.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture)
        : number.GetDouble();
}
