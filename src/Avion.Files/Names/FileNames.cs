namespace Avion.Files;

/// <summary>Names of files as texts.</summary>
public static class FileNames
{
    /// <summary>What stands in a text for bytes that are none.</summary>
    private const char Replacement = '\uFFFD';

    /// <summary>Why a file whose name was listed, or stands on a command line, cannot be found, as a part of a sentence; null where its
    /// name is not the reason.</summary>
    /// <remarks>On Linux a name is bytes. Those that are not UTF-8 cannot be given back
    /// to the system once they have become a text.</remarks>
    public static string? FaultOf(string path) =>
        path.Contains(Replacement, StringComparison.Ordinal) ? "its name is not UTF-8; rename it" : null;
}
