using Avion.Video;

namespace Avion.Data;

/// <summary>
/// Under which names a video of the annotations may lie: its own, and, because preparing makes <c>a.mp4</c> of <c>a.avi</c>, its own
/// without the ending of a video.
/// </summary>
internal static class VideoName
{
    /// <summary>Names without ending, the most literal first.</summary>
    public static IEnumerable<string> StemsOf(string name)
    {
        yield return name;
        string ending = Path.GetExtension(name);
        if (SourceTree.Extensions.Contains(ending))
        {
            yield return name[..^ending.Length];
        }
    }
}
