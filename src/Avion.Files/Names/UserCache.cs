namespace Avion.Files;

/// <summary>The folder for what Avion keeps of this user's work to save time, and can make again.</summary>
public static class UserCache
{
    /// <summary>Names the folder; <c>off</c> for none.</summary>
    public const string Variable = "AVION_CACHE";

    /// <summary>What <see cref="Variable"/> names, or <c>avion</c> in the system's folder for such files; null where there is none or it is
    /// <c>off</c>.</summary>
    public static string? Folder
    {
        get
        {
            string? named = Environment.GetEnvironmentVariable(Variable);
            string system = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
                ? cache
                : OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home
                    ? Path.Combine(home, ".cache")
                    : "";
            string root = named is { Length: > 0 } ? named : system.Length > 0 ? Path.Combine(system, "avion") : "";
            return root.Length == 0 || named == "off" ? null : root;
        }
    }
}
