namespace Avion.Dashboard;

/// <summary>What people know runs by: short, and different for each.</summary>
/// <remarks>
/// A run is called by its place below the folder of runs, or by its folder where that one itself was named. A folder called <c>run</c>, as
/// demos make it, tells nothing: the folder above stands for it. Where two would be called alike, both get more of the folders above.
/// </remarks>
internal static class RunNames
{
    private const string Unspeaking = "run";

    /// <summary>Names all runs that are known.</summary>
    /// <param name="runs">Runs in different folders.</param>
    /// <param name="roots">The folders that were looked through.</param>
    public static void Give(IReadOnlyList<BoardRun> runs, IReadOnlyList<string> roots)
    {
        string[] names = Of([.. runs.Select(run => run.Folder)], roots);
        for (int i = 0; i < names.Length; i++)
        {
            runs[i].Name = names[i];
        }
    }

    /// <summary>The names of folders.</summary>
    internal static string[] Of(IReadOnlyList<string> folders, IReadOnlyList<string> roots)
    {
        // Folders of each run from the top, those that its name has, and whether a last one that tells nothing is left out.
        string[][] parts = [.. folders.Select(folder => folder.Split('/', StringSplitOptions.RemoveEmptyEntries))];
        int[] ends = [.. parts.Select(own => own is [.., _, Unspeaking] ? own.Length - 1 : own.Length)];
        int[] starts = [.. folders.Select((folder, i) => Math.Max(0, Math.Min(ends[i] - 1, DepthOf(folder, roots))))];
        string[] names = [.. folders.Select((_, i) => NameOf(i))];
        while (Alike(names) is { Length: > 0 } alike && alike.Any(i => starts[i] > 0))
        {
            Array.ForEach(alike, i =>
            {
                starts[i] = Math.Max(0, starts[i] - 1);
                names[i] = NameOf(i);
            });
        }

        // What is still alike differs by the folder that was left out.
        Array.ForEach(Alike(names), i => names[i] = folders[i]);
        return names;

        string NameOf(int i) => ends[i] == 0 ? folders[i] : string.Join('/', parts[i][starts[i]..ends[i]]);
    }

    /// <summary>How many folders lie above the part of a path that its name begins with: those of the highest root above it,
    /// or all but the last.</summary>
    private static int DepthOf(string folder, IReadOnlyList<string> roots)
    {
        int above = roots.Where(root => folder.StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal)).Select(root => root.Length)
            .DefaultIfEmpty(-1).Min();
        return above < 0 ? int.MaxValue : folder[..above].Split('/', StringSplitOptions.RemoveEmptyEntries).Length;
    }

    private static int[] Alike(string[] names) =>
        [.. names.Select((name, i) => (name, i)).GroupBy(pair => pair.name).Where(group => group.Count() > 1)
            .SelectMany(group => group.Select(pair => pair.i))];
}
