namespace Avion.Testing;

/// <summary>Where tests find the files of the repository.</summary>
public static class Repository
{
    /// <summary>The folder that holds Avion.slnx.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path below the root.</summary>
    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>A file below tests/assets.</summary>
    public static string Asset(params string[] parts) => System.IO.Path.Combine([Root, "tests", "assets", .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Avion.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above '{AppContext.BaseDirectory}' holds Avion.slnx: run the tests from a checkout.");
    }
}
