namespace Avion.Cli;

/// <summary>Where the demo keeps what it makes.</summary>
internal sealed record DemoFolders(string Root)
{
    public string Videos => Path.Combine(Root, "data", "videos");

    public string TrainingCaptions => Path.Combine(Root, "data", "train.csv");

    public string HeldOutCaptions => Path.Combine(Root, "data", "validation.csv");

    public string Run => Path.Combine(Root, "run");

    public string Log => Path.Combine(Run, "log.jsonl");

    public string Report => Path.Combine(Root, "report.html");

    /// <summary>Marks a folder as a demo's, which the next demo may empty.</summary>
    private static string Marker => ".avion-demo";

    public string CheckpointOf(long step) => Path.Combine(Run, "checkpoints", $"step-{step:000000}", CheckpointStore.ModelFile);

    /// <summary>Makes the folder, or empties it of an earlier demo; a folder with anything else in it is left alone.</summary>
    /// <exception cref="UsageException">The folder holds files that no demo made.</exception>
    public void Prepare()
    {
        OwnFolder.Claim(Root, Marker, "avion demo");
        foreach (string folder in new[] { Videos, Run }.Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
