using System.Text.Json;
using Avion.Compute;

namespace Avion.Training.Conformance;

/// <summary>Computes what one kind of fixture holds, and compares.</summary>
internal interface IConformanceKind
{
    /// <summary>The value of a fixture's <c>kind</c>.</summary>
    string Kind { get; }

    /// <summary>Compares everything that the fixture holds.</summary>
    /// <param name="fixture">The file.</param>
    /// <param name="context">Where to compute, and what files the user gave.</param>
    /// <param name="figures">Receives the comparisons.</param>
    void Check(JsonElement fixture, ConformanceContext context, FigureList figures);
}

/// <summary>Where conformance is computed, and with what.</summary>
/// <param name="Device">Where models run.</param>
/// <param name="VocabularyPath">CLIP's published merges file, for the tokenizer; null if the user has none.</param>
public sealed record ConformanceContext(Device Device, string? VocabularyPath = null);
