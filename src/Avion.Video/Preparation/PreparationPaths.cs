namespace Avion.Video;

/// <summary>Says whether a source and a destination go together.</summary>
public static class PreparationPaths
{
    /// <summary>
    /// Refuses a destination that is the source, lies in it or holds it, by whatever links: a later run would take chunks for videos, and
    /// a video could be replaced by the folder of its own chunks.
    /// </summary>
    /// <exception cref="InvalidDataException">They do not go together.</exception>
    public static void Check(string source, string destination)
    {
        bool isFolder = FileStatus.Of(source).Kind == FileKind.Folder;
        if (isFolder && FileStatus.IsWithin(destination, source))
        {
            throw new InvalidDataException(
                $"The destination '{destination}' is, or lies in, the source '{source}': the next run would take its chunks for videos. "
                + "Give a folder outside of the source.");
        }

        string folder = isFolder ? source : Path.GetDirectoryName(Path.GetFullPath(source))!;
        if (FileStatus.Of(destination).Kind == FileKind.Folder && FileStatus.IsWithin(folder, destination))
        {
            throw new InvalidDataException(
                $"The source '{source}' lies in the destination '{destination}': chunks could take the place of videos. "
                + "Give a folder that does not hold the source.");
        }
    }
}
