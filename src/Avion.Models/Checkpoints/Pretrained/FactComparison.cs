namespace Avion.Models;

/// <summary>Compares what is known of weights with the model that is to begin with them.</summary>
internal sealed record FactComparison(IReadOnlyList<string> Notes)
{
    // A part whose weights are left out anyway may differ; one of its tensors stands for all.
    private static readonly (string Part, string Tensor)[] s_parts =
    [
        ("vision.", "visual.transformer.resblocks.0.ln_1.weight"), ("text.", "textual.transformer.resblocks.0.ln_1.weight"),
        ("encoder.", "encoder.blocks.0.norm1.weight"), ("decoder.", "decoder.blocks.0.norm1.weight"),
    ];

    /// <summary>Compares.</summary>
    /// <exception cref="CheckpointException">They differ in what nothing can make up for.</exception>
    public static FactComparison Of(
        string path, IReadOnlyList<ModelFact> weights, IReadOnlyList<ModelFact> model, PretrainedOptions options)
    {
        List<string> faults = [], notes = [], changes = [];
        bool hasSizes = false;
        foreach (ModelFact fact in weights)
        {
            ModelFact? own = model.FirstOrDefault(other => other.Name == fact.Name);
            bool isLeftOut = s_parts.Any(part =>
                fact.Name.StartsWith(part.Part, StringComparison.Ordinal) && options.LeavesFresh(part.Tensor));
            if (own is null || isLeftOut || IsSame(fact, own) || fact.Kind is FactKind.Table or FactKind.Head or FactKind.Vocabulary)
            {
                continue;
            }

            bool isComputation = fact.Kind == FactKind.Computation;
            if (isComputation && fact.Source is FactSource.Assumed or FactSource.Unknown)
            {
                notes.AddRange(fact.Source == FactSource.Unknown ? [] :
                    [$"The file does not say its {fact.Name}, which is usually {fact.Value}; the recipe has {own.Value}."]);
            }
            else if (isComputation && options.AllowsOtherComputation)
            {
                notes.Add($"The model computes otherwise than its weights were trained to: {fact.Name} is {own.Value}, not {fact.Value}.");
            }
            else
            {
                hasSizes |= !isComputation;
                changes.Add($"--set {own.Key}={fact.Value}");
                faults.Add($"it has {fact.Name} {fact.Value} ({fact.SourceText}), the recipe {own.Key} {own.Value}");
            }
        }

        if (faults.Count > 0)
        {
            throw new CheckpointException(path, $"it does not fit the recipe: {string.Join("; ", faults)}",
                $"Take over what the file has by {string.Join(' ', changes)}, or by leaving these keys out of the recipe file"
                + (hasSizes ? "." : ", or set model.allow_other_computation=true to train on with other values than the weights know."));
        }

        return new FactComparison(notes);
    }

    private static bool IsSame(ModelFact fact, ModelFact other) => fact.Value == other.Value
        || (fact.Kind == FactKind.LayerScale && (fact.Value == "0" || other.Value != "0"));
}
