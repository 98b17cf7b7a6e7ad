namespace Avion.Dashboard;

/// <summary>Files that are inside the program.</summary>
internal static class EmbeddedFile
{
    public static byte[] Read(string name)
    {
        using Stream stream = typeof(EmbeddedFile).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The program holds no file '{name}'.");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
