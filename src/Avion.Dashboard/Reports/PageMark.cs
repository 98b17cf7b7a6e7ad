using System.Text;

namespace Avion.Dashboard;

/// <summary>Says in a page's head what made it, so that the next page may take its place and no other file loses its own.</summary>
/// <param name="maker">What makes such pages.</param>
public sealed class PageMark(string maker)
{
    private const int HeadBytes = 512;

    /// <summary>Pages of `avion report`.</summary>
    public static PageMark Report { get; } = new("Avion report");

    /// <summary>Pages of `avion search --html`.</summary>
    public static PageMark Search { get; } = new("Avion search");

    /// <summary>The element of a page's head; it stands within the first 512 bytes.</summary>
    internal string Markup { get; } = $"<meta name=\"generator\" content=\"{maker}\">";

    /// <summary>Whether a file is such a page.</summary>
    public bool IsIn(string path)
    {
        // A pipe or a device has no length, and opening one may wait for ever.
        if (new FileInfo(path) is not { Exists: true, Length: > 0 })
        {
            return false;
        }

        using FileStream file = File.OpenRead(path);
        byte[] start = new byte[HeadBytes];
        int read = file.ReadAtLeast(start, HeadBytes, throwOnEndOfStream: false);
        return Encoding.UTF8.GetString(start, 0, read).Contains(Markup, StringComparison.Ordinal);
    }
}
