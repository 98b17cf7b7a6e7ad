namespace Avion.Models;

/// <summary>What an exported folder tells beside the weights.</summary>
public sealed record ExportDetails
{
    /// <summary>Which weights they are, such as <c>step-000300, the best of 'runs/demo': the weights as trained</c>.</summary>
    public required string WeightsText { get; init; }

    /// <summary>Frames from one that is read to the next; null where they are the middles of as many equal parts of a clip.</summary>
    public int? FrameStride { get; init; }

    /// <summary>The vocabulary of the texts; null where none is known.</summary>
    public ConvertedVocabulary? Vocabulary { get; init; }

    /// <summary>A text and its tokens, for the folder's example; null without a vocabulary.</summary>
    public ExampleText? Example { get; init; }

    /// <summary>Names of the classes of the one head of a classifier, by their numbers; null where they are not known.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }
}

/// <summary>A text and its tokens.</summary>
public sealed record ExampleText(string Text, IReadOnlyList<int> Tokens);

/// <summary>What an export wrote.</summary>
/// <param name="Folder">Where.</param>
/// <param name="Files">The files, by their names in the folder.</param>
/// <param name="Architecture">What model it is.</param>
/// <param name="Notes">What the folder cannot do, as sentences.</param>
public sealed record ExportReport(string Folder, IReadOnlyList<string> Files, ModelArchitecture Architecture, IReadOnlyList<string> Notes);

/// <summary>A model cannot be exported in the form that was asked for; the message says why, and what to do.</summary>
public sealed class ExportException(string message) : Exception(message);
