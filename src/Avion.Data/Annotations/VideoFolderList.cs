namespace Avion.Data;

/// <summary>Takes every video below a folder as a clip of its own, whole, without caption or label: data that nobody has annotated.</summary>
public static class VideoFolderList
{
    /// <summary>Lists a folder, in ordinal order of the videos' paths.</summary>
    /// <exception cref="DataException">There is no such folder, or no video in it.</exception>
    public static ClipTable Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DataException($"There is no video folder '{folder}'.");
        }

        ClipTable table = new(folder);
        foreach (string name in VideoFiles.Below(folder))
        {
            table.Add(name, ClipSpan.Whole);
        }

        return table.Count > 0
            ? table
            : throw new DataException($"'{folder}' holds no video, expected files such as .mp4, .mkv, .webm or .avi in it or below it.");
    }
}
