namespace Avion.Video.Tests;

/// <summary>Files of one folder in another, with their times of change.</summary>
internal static class FolderCopy
{
    /// <summary>Copies all files; those that are there already are written over.</summary>
    public static void Make(string from, string to)
    {
        foreach (string path in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy, overwrite: true);
        }
    }
}
