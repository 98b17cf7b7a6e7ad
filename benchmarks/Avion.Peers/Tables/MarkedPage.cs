namespace Avion.Peers;

/// <summary>A page of which a part is written by this program, between two comments.</summary>
internal static class MarkedPage
{
    public const string Begin = "<!-- written by `Avion.Peers table` -->", End = "<!-- end of what `Avion.Peers table` wrote -->";

    /// <summary>What stands between the comments.</summary>
    /// <exception cref="PeerException">The page does not have each of them once, in their order.</exception>
    public static string Read(string page)
    {
        (int from, int to) = Find(page);
        return page[from..to];
    }

    /// <summary>The page with other text there.</summary>
    /// <exception cref="PeerException">The page does not have each of them once, in their order.</exception>
    public static string Replace(string page, string text)
    {
        (int from, int to) = Find(page);
        return page[..from] + text + page[to..];
    }

    private static (int From, int To) Find(string page)
    {
        string[] parts = page.Split(Begin + "\n");
        int end = parts.Length == 2 ? parts[1].IndexOf(End, StringComparison.Ordinal) : -1;
        return end >= 0 && parts[1].IndexOf(End, end + 1, StringComparison.Ordinal) < 0
            ? (page.Length - parts[1].Length, page.Length - parts[1].Length + end)
            : throw new PeerException($"The page needs a line '{Begin}' and after it one '{End}', each once.");
    }
}
