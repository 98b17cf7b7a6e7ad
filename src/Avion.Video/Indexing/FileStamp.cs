namespace Avion.Video;

/// <summary>By what a file that was replaced is noticed.</summary>
/// <param name="Length">Bytes of the file.</param>
/// <param name="Modified">When it was last changed, in the system's own unit.</param>
internal readonly record struct FileStamp(long Length, long Modified)
{
    public static FileStamp Of(PositionedFile file) => new(file.Length, file.Modified);
}
