namespace Avion.Cli;

/// <summary>What `avion train --dry-run` writes: a recipe under comments that tell what it would begin with, or one JSON object.</summary>
internal static class PreviewOutput
{
    /// <summary>Writes the preview.</summary>
    /// <returns>What a training would end with that is refused.</returns>
    public static int Write(TrainingPreview preview, bool asJson)
    {
        if (asJson)
        {
            WriteJson(preview);
        }
        else
        {
            WriteRecipe(preview);
        }

        string[] faults = [.. Faults(preview)];
        if (faults.Length > 0)
        {
            string more = faults.Length > 1 ? $" and {faults.Length - 1} more, which standard output lists" : "";
            Console.Error.WriteLine(PrintableText.Of($"Training cannot begin yet. {faults[0].TrimEnd('.')}{more}.", mayHaveLines: true));
        }

        return faults.Length == 0 ? ExitCode.Ok : preview.LacksOnlyDevice ? ExitCode.Missing : ExitCode.Usage;
    }

    private static void WriteRecipe(TrainingPreview preview)
    {
        IEnumerable<string> lines =
        [
            .. preview.Summary is { } summary ? [.. summary.Lines(), summary.MemoryLine] : (string[])[],
            .. preview.Warnings.Select(warning => $"Warning: {warning}"),
            .. Faults(preview),
        ];
        foreach (string line in lines.SelectMany(text => text.Split('\n')))
        {
            Console.Out.WriteLine($"# {PrintableText.Of(line)}");
        }

        Console.Out.WriteLine();
        Console.Out.Write(RecipeWriter.ToYaml(preview.Recipe));
    }

    private static void WriteJson(TrainingPreview preview) => JsonOutput.Write(json =>
    {
        preview.Summary?.WriteFields(json);
        json.WriteStartArray("missing");
        foreach (MissingInput input in preview.Missing)
        {
            json.WriteStartObject();
            json.WriteString("key", input.Key);
            json.WriteString("path", input.Path);
            json.WriteString("remedy", input.Remedy);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        foreach ((string name, IReadOnlyList<string> sentences) in new[] { ("problems", preview.Problems), ("warnings", preview.Warnings) })
        {
            json.WriteStartArray(name);
            foreach (string sentence in sentences)
            {
                json.WriteStringValue(sentence);
            }

            json.WriteEndArray();
        }

        json.WriteString("recipe", RecipeWriter.ToYaml(preview.Recipe));
    });

    private static IEnumerable<string> Faults(TrainingPreview preview) =>
        [.. preview.Missing.Select(input => $"Missing: {input}"), .. preview.Problems.Select(problem => $"Problem: {problem}")];
}
