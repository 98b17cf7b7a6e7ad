namespace Avion.Cli;

/// <summary>`--force`: files that are written may replace others.</summary>
internal static class ForceOption
{
    public static Option<bool> Create() => new("--force") { Description = "Replace files that exist." };

    /// <summary>Makes sure that no file is replaced that the user did not give up.</summary>
    /// <exception cref="UsageException">There is one.</exception>
    public static void RequireNew(string path, bool isForced)
    {
        if (!isForced && Path.Exists(path))
        {
            throw new UsageException($"'{path}' exists already; give another name, or replace it with --force.");
        }
    }
}
