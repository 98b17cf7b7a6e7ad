namespace Avion.Telemetry;

/// <summary>One named number of a run, such as <c>loss</c> or <c>learning_rate</c>.</summary>
/// <param name="Name">Lower case with underscores; a unit that the name does not imply is its suffix (<c>step_milliseconds</c>).</param>
/// <param name="Value">Any double. NaN and infinities are kept: they are what a reader looks for after a failure.</param>
public readonly record struct Scalar(string Name, double Value);

/// <summary>One named text of a run, such as the path of a checkpoint or the message of a warning.</summary>
public readonly record struct Label(string Name, string Value);
