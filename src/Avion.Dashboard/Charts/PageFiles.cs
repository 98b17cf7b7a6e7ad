namespace Avion.Dashboard;

/// <summary>Styles and scripts that are inside the program.</summary>
internal static class PageFiles
{
    /// <summary>A file as text.</summary>
    public static string Text(string name)
    {
        using StreamReader reader = new(Open(name));
        return reader.ReadToEnd();
    }

    /// <summary>A file as it is.</summary>
    public static byte[] Bytes(string name)
    {
        using Stream stream = Open(name);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static Stream Open(string name) => typeof(PageFiles).Assembly.GetManifestResourceStream(name)
        ?? throw new InvalidOperationException($"There is no file '{name}' inside the program.");
}
