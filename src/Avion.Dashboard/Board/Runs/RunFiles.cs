namespace Avion.Dashboard;

/// <summary>Files of a run folder, as boards and reports read them.</summary>
public static class RunFiles
{
    /// <summary>The file that every run has.</summary>
    public const string Log = "log.jsonl";

    internal const string Recipe = "recipe.yaml", Memory = "memory.json";

    /// <summary>What a file holds; empty where it is not there, cannot be read, or is longer than that.</summary>
    internal static string Text(string folder, string file, long mostBytes = long.MaxValue)
    {
        try
        {
            FileInfo info = new(Path.Combine(folder, file));
            return info.Exists && info.Length <= mostBytes ? File.ReadAllText(info.FullName) : "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
