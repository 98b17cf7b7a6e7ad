namespace Avion.Training;

/// <summary>What could not be read when features were made.</summary>
/// <param name="Videos">Videos that could not be opened.</param>
/// <param name="Clips">Clips of others.</param>
/// <param name="List">The file that lists both with the reasons.</param>
public sealed record MissingFeatures(int Videos, int Clips, string List);
