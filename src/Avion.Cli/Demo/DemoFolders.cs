using System.IO;
using System.Linq;
using Avion.Cli.Terminal;

namespace Avion.Cli.Demo;

/// <summary>Where the demo keeps what it makes.</summary>
internal sealed record DemoFolders(string Root)
{
    public string Videos => Path.Combine(Root, "data", "videos");

    public string TrainingCaptions => Path.Combine(Root, "data", "train.csv");

    public string HeldOutCaptions => Path.Combine(Root, "data", "validation.csv");

    public string Run => Path.Combine(Root, "run");

    public string Report => Path.Combine(Root, "report.html");

    /// <summary>Marks a folder as a demo's, which the next demo may empty.</summary>
    private string Marker => Path.Combine(Root, ".avion-demo");

    /// <summary>Makes the folder, or empties it of an earlier demo; a folder with anything else in it is left alone.</summary>
    /// <exception cref="UsageException">The folder holds files that no demo made.</exception>
    public static DemoFolders Prepare(string root)
    {
        DemoFolders folders = new(root);
        if (Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any() && !File.Exists(folders.Marker))
        {
            throw new UsageException($"--output '{root}' holds files that are not an earlier demo's. Name a new or an empty folder.");
        }
        Directory.CreateDirectory(root);
        File.WriteAllText(folders.Marker, "Made by `avion demo`, which may replace everything here.\n");
        foreach (string folder in new[] { folders.Videos, folders.Run }.Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }
        return folders;
    }
}
