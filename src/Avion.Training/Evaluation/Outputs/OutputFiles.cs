namespace Avion.Training;

/// <summary>Writes what an evaluation found to files, each of the form that its ending says.</summary>
/// <remarks>Files appear whole or not at all.</remarks>
public static class OutputFiles
{
    /// <summary>The endings, with what each holds.</summary>
    public static IReadOnlyList<(string Ending, string Meaning)> Forms { get; } =
    [
        (".json", "the best columns of each clip"),
        (".safetensors", "embeddings, with their names in the file's metadata"),
        (".npy", "embeddings as NumPy arrays, with names beside"),
        (".pkl", "EPIC-KITCHENS multi-instance retrieval: similarities with narration ids"),
        (".zip", "the submission of an EPIC-KITCHENS challenge: retrieval or action recognition"),
    ];

    /// <summary>Makes sure that a file can be written before anything is evaluated.</summary>
    /// <param name="path">The file.</param>
    /// <param name="supervision">Levels that a submission states; null where the user gave none.</param>
    /// <exception cref="RunException">The ending is unknown, there is no such folder, or a submission lacks its levels.</exception>
    public static void Check(string path, SupervisionLevels? supervision)
    {
        string ending = Path.GetExtension(path).ToLowerInvariant();
        if (!Forms.Any(form => form.Ending == ending))
        {
            throw new RunException($"'{path}' ends in '{ending}', expected one of {string.Join(", ", Forms.Select(form => form.Ending))}.");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
        {
            throw new RunException($"'{path}' cannot be written: there is no folder '{folder}'.");
        }

        if (ending is ".zip" or ".pkl" && supervision is null)
        {
            throw new RunException($"'{path}' is a submission, which states its levels of supervision: give --sls PRETRAINING,LABELS,DATA, "
                + "such as --sls 2,3,3 (https://github.com/epic-kitchens/sls).");
        }
    }

    /// <summary>Files that are there and that <see cref="Write"/> may replace.</summary>
    /// <param name="path">The file; of arrays there may be one a table, and names beside each.</param>
    public static IEnumerable<string> ExistingOf(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path), folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        IEnumerable<string> beside = Path.GetExtension(path).ToLowerInvariant() == ".npy"
            ? Directory.EnumerateFiles(folder).Where(file => IsOfArrays(Path.GetFileName(file), name)).Order(StringComparer.Ordinal)
            : [];
        return ((IEnumerable<string>)[path]).Where(Path.Exists).Concat(beside.Where(file => file != Path.GetFullPath(path)));

        static bool IsOfArrays(string file, string name) => file == name + ".txt" || (file.StartsWith(name + ".", StringComparison.Ordinal)
            && Path.GetExtension(file) is ".npy" or ".txt");
    }

    /// <summary>Makes sure that evaluators fill files, before anything is evaluated.</summary>
    /// <exception cref="RunException">Nothing that they find is of a file's form.</exception>
    internal static void RequireFilled(IEnumerable<string> paths, IReadOnlyList<IEvaluator> evaluators)
    {
        if (evaluators.Any(evaluator => evaluator.FileEndings is null))
        {
            return;
        }

        foreach (string path in paths)
        {
            string ending = Path.GetExtension(path).ToLowerInvariant();
            if (!evaluators.Any(evaluator => evaluator.FileEndings!.Contains(ending)))
            {
                string[] filled = [.. evaluators.Where(evaluator => evaluator.FileEndings!.Count > 0)
                    .Select(evaluator => $"{evaluator.Name} fills {string.Join(", ", evaluator.FileEndings!)}")];
                string submission = ending is ".zip" or ".pkl" ? "a submission is of the clips of EPIC-KITCHENS-100 alone, from one of its "
                    + "CSV files in data.validation.annotations; " : "";
                throw new RunException($"'{path}' cannot be written: {submission}nothing that this evaluation finds is of the form "
                    + $"'{ending}'; "
                    + (filled.Length > 0 ? $"{string.Join("; ", filled)}." : "it finds means alone. Leave --export out."));
            }
        }
    }

    /// <summary>Writes one file, and for arrays their names beside it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="outputs">What evaluators found.</param>
    /// <param name="top">How many columns of a clip a list of predictions has.</param>
    /// <param name="supervision">Levels that a submission states.</param>
    /// <returns>The files.</returns>
    /// <exception cref="RunException">The evaluation found nothing of that form, or the file cannot be written.</exception>
    public static IReadOnlyList<string> Write(string path, EvaluationOutputs outputs, int top, SupervisionLevels? supervision)
    {
        Check(path, supervision);
        try
        {
            switch (Path.GetExtension(path).ToLowerInvariant())
            {
                case ".json":
                    PredictionsFile.Write(path, Required(path, outputs, OutputMeaning.Scores, "scores of classes or captions"), top);
                    return [path];
                case ".safetensors":
                    EmbeddingFiles.WriteSafetensors(path, Required(path, outputs, OutputMeaning.Features, "embeddings"));
                    return [path];
                case ".npy":
                    return EmbeddingFiles.WriteNumpy(path, Required(path, outputs, OutputMeaning.Features, "embeddings"));
                default:
                    ChallengeSubmission.Write(path, outputs, supervision!.Value);
                    return [path];
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"Cannot write '{path}': {error.Message}", error);
        }
    }

    private static IReadOnlyList<OutputTable> Required(string path, EvaluationOutputs outputs, OutputMeaning meaning, string what)
    {
        OutputTable[] tables = [.. outputs.Tables.Where(table => table.Meaning == meaning)];
        return tables.Length > 0 ? tables : throw new RunException($"'{path}' cannot be written: this evaluation has no {what}.");
    }
}
