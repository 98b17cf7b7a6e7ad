namespace Avion.Models;

/// <summary>How a model is to begin with the weights of a file.</summary>
public sealed record PretrainedOptions
{
    /// <summary>Which parameters keep the model's own values although the file has some, by name.</summary>
    public Func<string, bool> LeavesFresh { get; init; } = _ => false;

    /// <summary>
    /// Whether parameters may keep the model's own values because the file has none; null: where the file is another program's or of
    /// another kind of model, and then whole towers alone.
    /// </summary>
    public bool? IsPartial { get; init; }

    /// <summary>Whether the model may compute otherwise than the weights were trained to.</summary>
    public bool AllowsOtherComputation { get; init; }
}
