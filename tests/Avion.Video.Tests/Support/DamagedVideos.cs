namespace Avion.Video.Tests;

/// <summary>Ways in which videos arrive broken.</summary>
internal static class DamagedVideos
{
    /// <summary>Keeps the first part of a file.</summary>
    public static void CutShort(string from, string to, double share)
    {
        byte[] bytes = File.ReadAllBytes(from);
        File.WriteAllBytes(to, bytes[..(int)(bytes.Length * share)]);
    }

    /// <summary>Overwrites some bytes, leaving length and time of change as they were.</summary>
    public static void Scribble(string path, double at, int count)
    {
        DateTime modified = File.GetLastWriteTimeUtc(path);
        byte[] bytes = File.ReadAllBytes(path);
        new Random(5).NextBytes(bytes.AsSpan((int)(bytes.Length * at), count));
        File.WriteAllBytes(path, bytes);
        File.SetLastWriteTimeUtc(path, modified);
    }
}
