using System.Text.RegularExpressions;

namespace Avion.Video;

/// <summary>
/// Removes half-written files that a killed run left. Only those that are certainly Avion's go: ordinary files whose name is one of
/// Avion's, 32 digits and an ending for the unfinished, and that no living run holds: a writer keeps its file locked until it ends.
/// </summary>
internal static partial class Leftovers
{
    /// <summary>Removes what is left directly in a folder.</summary>
    public static void Remove(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder))
        {
            if (Ours().IsMatch(Path.GetFileName(path)) && FileStatus.Of(path, followsLinks: false).Kind == FileKind.File)
            {
                RemoveUnlessHeld(path);
            }
        }
    }

    private static void RemoveUnlessHeld(string path)
    {
        try
        {
            using FileStream held = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A run that is alive holds it, or it went meanwhile: it is no leftover.
        }
    }

    [GeneratedRegex(@"^(shard-\d{6,}\.tar|shards\.jsonl|source\.json|index\.avidx|.+\.tar\.avidx)\.[0-9a-f]{32}\.(tmp|partial)$")]
    private static partial Regex Ours();
}
