namespace Avion.Models;

/// <summary>One thing that decides what a model computes: of a model that is there, or of the one that weights were trained in.</summary>
/// <param name="Name">As recipes call it below <c>model.</c>, such as <c>vision.gelu</c>.</param>
/// <param name="Value">In the form of recipes.</param>
/// <param name="Kind">What becomes of weights where it differs.</param>
public sealed record ModelFact(string Name, string Value, FactKind Kind)
{
    /// <summary>How it is known.</summary>
    public FactSource Source { get; init; } = FactSource.Described;

    /// <summary>The recipe's key, where a recipe has it under another name.</summary>
    public string Key { get; init; } = "model." + Name;

    /// <summary>How it is known, as the end of a sentence.</summary>
    public string SourceText => Source switch
    {
        FactSource.Described => "it says so",
        FactSource.Shapes => "its tensors' shapes say so",
        FactSource.Family => "all weights of its family have it",
        _ => "it does not say so, but this is usual",
    };
}

/// <summary>What becomes of weights where a fact differs between them and the model that takes them.</summary>
public enum FactKind
{
    /// <summary>They do not fit.</summary>
    Size,

    /// <summary>They fit, and the model computes something else than it was trained to.</summary>
    Computation,

    /// <summary>Tables of positions are resized.</summary>
    Table,

    /// <summary>A projection or a head begins at random.</summary>
    Head,

    /// <summary>The tokens mean something else.</summary>
    Vocabulary,

    /// <summary>Factors on the branches of blocks, which there are or are not.</summary>
    LayerScale,
}

/// <summary>How a fact about weights is known.</summary>
public enum FactSource
{
    /// <summary>The file says it.</summary>
    Described,

    /// <summary>The shapes of its tensors say it.</summary>
    Shapes,

    /// <summary>All weights of the file's family have it.</summary>
    Family,

    /// <summary>Nothing says it: it is what weights of this kind usually have.</summary>
    Assumed,

    /// <summary>Nothing says it, and nothing is usual.</summary>
    Unknown,
}
