namespace Avion.Video;

/// <summary>Where a video's bytes lie: a whole file, or a part of one (a member of a tar shard).</summary>
/// <param name="Path">File.</param>
/// <param name="Offset">First byte of the video in the file.</param>
/// <param name="Length">Bytes of the video; -1 for all that follow <paramref name="Offset"/>.</param>
public readonly record struct VideoSource(string Path, long Offset = 0, long Length = -1)
{
    /// <summary>True for a file that is one video.</summary>
    public bool IsWholeFile => Offset == 0 && Length < 0;

    /// <summary>The file, and the byte range where it is a part.</summary>
    public override string ToString() => IsWholeFile ? Path : $"{Path} [{Offset}, {Offset + Length})";
}
