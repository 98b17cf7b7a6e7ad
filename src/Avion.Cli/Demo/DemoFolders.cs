namespace Avion.Cli;

/// <summary>Where the demo keeps what it makes.</summary>
internal sealed record DemoFolders(string Root)
{
    public string Videos => Path.Combine(Root, "data", "videos");

    public string TrainingCaptions => Path.Combine(Root, "data", "train.csv");

    public string HeldOutCaptions => Path.Combine(Root, "data", "validation.csv");

    public string Run => Path.Combine(Root, "run");

    public string Log => Path.Combine(Run, "log.jsonl");

    public string Retrieval => Path.Combine(Root, "retrieval.json");

    public string Report => Path.Combine(Root, "report.html");

    /// <summary>Marks a folder as a demo's, which the next demo may empty.</summary>
    private string Marker => Path.Combine(Root, ".avion-demo");

    public string CheckpointOf(long step) => Path.Combine(Run, "checkpoints", $"step-{step:000000}", CheckpointStore.ModelFile);

    /// <summary>Makes the folder, or empties it of an earlier demo; a folder with anything else in it is left alone.</summary>
    /// <exception cref="UsageException">The folder holds files that no demo made.</exception>
    public void Prepare()
    {
        if (Directory.Exists(Root) && Directory.EnumerateFileSystemEntries(Root).Any() && !File.Exists(Marker))
        {
            throw new UsageException($"--output '{Root}' holds files that are not an earlier demo's. Name a new or an empty folder.");
        }
        Directory.CreateDirectory(Root);
        File.WriteAllText(Marker, "Made by `avion demo`, which may replace everything here.\n");
        foreach (string folder in new[] { Videos, Run }.Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
