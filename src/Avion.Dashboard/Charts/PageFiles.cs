namespace Avion.Dashboard;

/// <summary>Styles and scripts that are inside the program.</summary>
internal static class PageFiles
{
    /// <summary>A file as text.</summary>
    public static string Text(string name)
    {
        using Stream stream = typeof(PageFiles).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"There is no file '{name}' inside the program.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
