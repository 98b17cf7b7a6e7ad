namespace Avion.Video;

/// <summary>The disk of a folder has no room: what every further video would meet too.</summary>
public sealed class DiskFullException(string folder)
    : IOException($"No space is left on the disk of '{folder}'. Free some and run the same command again: finished videos and parts "
        + "are kept.");
