namespace Avion.Cli;

/// <summary>A folder that a command fills and may empty later, told from a user's own by a file in it.</summary>
internal static class OwnFolder
{
    /// <summary>Makes the folder, or finds that an earlier call made it; a folder with anything else in it is left alone.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="marker">Name of the file that tells whose it is.</param>
    /// <param name="command">The command that fills it.</param>
    /// <exception cref="UsageException">The folder holds files that the command did not make, or cannot be written.</exception>
    public static void Claim(string root, string marker, string command)
    {
        NamedPath.RequireFolder(root, "--output");
        string path = Path.Combine(root, marker);
        if (Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any() && !File.Exists(path))
        {
            throw new UsageException($"--output '{root}' holds files that '{command}' did not make. Name a new or an empty folder.");
        }

        Directory.CreateDirectory(root);
        File.WriteAllText(path, $"Made by `{command}`, which may replace everything here.\n");
    }
}
