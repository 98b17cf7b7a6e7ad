namespace Avion.Cli;

/// <summary>One thing that `avion doctor` looked for.</summary>
/// <param name="Name">What was looked for.</param>
/// <param name="Found">Whether it is there and usable.</param>
/// <param name="Required">Whether training from video files needs it.</param>
/// <param name="Detail">Versions and places, or why it is not usable.</param>
/// <param name="Remedy">The command or step that brings it; null where nothing is to be done.</param>
public sealed record Finding(string Name, bool Found, bool Required, string Detail, string? Remedy = null);
