namespace Avion.ConformanceTool;

/// <summary>Computes what one kind of fixture holds, and compares.</summary>
internal interface IConformanceKind
{
    /// <summary>The value of a fixture's <c>kind</c>.</summary>
    string Kind { get; }

    /// <summary>Whether the loss compares samples with one another.</summary>
    bool ComparesSamples => false;

    /// <summary>Compares everything that the fixture holds.</summary>
    /// <param name="fixture">The file.</param>
    /// <param name="context">Where to compute, and what files the user gave.</param>
    /// <param name="figures">Receives the comparisons.</param>
    void Check(JsonElement fixture, ConformanceContext context, FigureList figures);
}

/// <summary>Where conformance is computed, and with what.</summary>
/// <param name="Device">Where models run.</param>
/// <param name="VocabularyPath">CLIP's published merges file, for the tokenizer; null to look for it.</param>
public sealed record ConformanceContext(Device Device, string? VocabularyPath = null)
{
    /// <summary>Folder of the fixture.</summary>
    internal string Folder { get; init; } = "";

    /// <summary>The type to which parameters and inputs are rounded first, which tells what that alone does to the results; null for none.</summary>
    internal ElementType? InputType { get; init; }

    /// <summary>Parameters or inputs as they go to the device.</summary>
    internal double[] Inputs(double[] values) => InputType switch
    {
        ElementType.Float32 => Array.ConvertAll(values, value => (double)(float)value),
        ElementType.BFloat16 => Array.ConvertAll(values, value => (double)(float)(BFloat16)(float)value),
        _ => values,
    };
}
