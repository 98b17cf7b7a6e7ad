using System.IO.Compression;

namespace Avion.Training;

/// <summary>What the challenges of EPIC-KITCHENS-100 ask for, as their servers read it.</summary>
/// <remarks>
/// Multi-instance retrieval: <c>test.pkl</c>, a dictionary of version 0.1 with <c>sim_mat</c> [clips, sentences] and the narration ids
/// <c>vis_ids</c> and <c>txt_ids</c>. Action recognition: <c>test.json</c>, version 0.2, with the scores of all verbs and nouns of each
/// narration id and those of the 100 best actions, named "verb,noun". Source: github.com/epic-kitchens, C1-Action-Recognition and
/// C5-Multi-Instance-Retrieval.
/// </remarks>
internal static class ChallengeSubmission
{
    /// <summary>Names of the tables that evaluators of EPIC-KITCHENS-100 hand over.</summary>
    internal const string Caption = "caption", Verb = "verb", Noun = "noun", Action = "action";

    private const int ActionsPerClip = 100;

    /// <summary>Writes a zip with the file that the challenge asks for, or the pickle alone.</summary>
    /// <exception cref="RunException">The evaluation was neither.</exception>
    public static void Write(string path, EvaluationOutputs outputs, SupervisionLevels levels)
    {
        bool isPickle = Path.GetExtension(path).Equals(".pkl", StringComparison.OrdinalIgnoreCase);
        using AtomicFile file = new(path);
        if (outputs.Find(Caption) is { ColumnNames: not null } similarities)
        {
            WriteEntry(file.Stream, isPickle ? null : "test.pkl", stream => WriteRetrieval(stream, similarities, levels));
        }
        else if (!isPickle && outputs.Find(Verb) is { } verbs && outputs.Find(Noun) is { } nouns)
        {
            WriteEntry(file.Stream, "test.json", stream => WriteRecognition(stream, verbs, nouns, outputs.Find(Action), levels));
        }
        else
        {
            throw new RunException($"'{path}' cannot be written: there is a submission of multi-instance retrieval (.zip or .pkl) and of "
                + "action recognition with verbs and nouns (.zip), and this evaluation is neither.");
        }

        file.Complete();
    }

    private static void WriteEntry(Stream file, string? name, Action<Stream> write)
    {
        if (name is null)
        {
            write(file);
            return;
        }

        using ZipArchive zip = new(file, ZipArchiveMode.Create, leaveOpen: true);
        using Stream entry = zip.CreateEntry(name, CompressionLevel.Optimal).Open();
        write(entry);
    }

    private static void WriteRetrieval(Stream stream, OutputTable similarities, SupervisionLevels levels) =>
        NumpyPickle.WriteDictionary(stream, pickle =>
        {
            pickle.Item("version", "0.1");
            pickle.Item("challenge", "multi_instance_retrieval");
            pickle.Item("sls_pt", levels.Pretraining);
            pickle.Item("sls_tl", levels.Labels);
            pickle.Item("sls_td", levels.Data);
            pickle.Item("sim_mat", similarities.Values, similarities.RowNames.Count, similarities.ColumnCount);
            pickle.Item("vis_ids", similarities.RowNames);
            pickle.Item("txt_ids", similarities.ColumnNames!);
        });

    private static void WriteRecognition(
        Stream stream, OutputTable verbs, OutputTable nouns, OutputTable? actions, SupervisionLevels levels)
    {
        using Utf8JsonWriter json = new(stream);
        json.WriteStartObject();
        json.WriteString("version", "0.2");
        json.WriteString("challenge", "action_recognition");
        json.WriteNumber("sls_pt", levels.Pretraining);
        json.WriteNumber("sls_tl", levels.Labels);
        json.WriteNumber("sls_td", levels.Data);
        json.WriteStartObject("results");
        Ranking ranking = new(actions?.ColumnCount ?? 0);
        for (int clip = 0; clip < verbs.RowNames.Count; clip++)
        {
            json.WriteStartObject(verbs.RowNames[clip]);
            WriteScores(json, "verb", verbs.Row(clip));
            WriteScores(json, "noun", nouns.Row(clip));
            if (actions is not null)
            {
                json.WriteStartObject("action");
                ReadOnlySpan<int> order = ranking.Sort(actions.Row(clip));
                foreach (int action in order[..Math.Min(ActionsPerClip, order.Length)])
                {
                    // Actions are named "verb:noun" by their numbers.
                    json.WriteNumber(actions.ColumnName(action).Replace(':', ','), actions.Row(clip)[action]);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteScores(Utf8JsonWriter json, string name, ReadOnlySpan<float> scores)
    {
        json.WriteStartObject(name);
        for (int number = 0; number < scores.Length; number++)
        {
            json.WriteNumber(number.ToString(CultureInfo.InvariantCulture), scores[number]);
        }

        json.WriteEndObject();
    }
}
