namespace Avion.Video;

/// <summary>Opens a file and makes its index by the road that fits.</summary>
internal static class VideoIndexer
{
    /// <param name="files">A reader's files, among which this one stays open if it is read by its tables.</param>
    /// <param name="source">What to index.</param>
    /// <param name="forceGeneral">Read it through libavformat whatever it is.</param>
    /// <param name="useIndexFiles">Believe an index file beside the video if the video was not changed since.</param>
    /// <param name="deadline">When to give up.</param>
    public static VideoInfo Index(
        OpenFiles files, in VideoSource source, bool forceGeneral, bool useIndexFiles, in Deadline deadline)
    {
        long length;
        FileStamp stamp;
        bool isIndexed = false;
        try
        {
            PositionedFile file = files.Open(source.Path, Encoding.UTF8.GetBytes(source.Path + '\0'));
            stamp = FileStamp.Of(file);
            length = source.Length >= 0 ? source.Length : file.Length - source.Offset;
            if (length <= 0)
            {
                throw new VideoException(VideoErrorKind.Empty, source.Path, $"Cannot read '{source}': it is empty.");
            }

            VideoIndex? index = forceGeneral
                ? null
                : (useIndexFiles ? IndexFile.TryFind(source) : null) ?? IndexByTables(files, file, source, length, deadline);
            isIndexed = index is not null;
            if (index is not null)
            {
                return new VideoInfo(source, index, stamp);
            }
        }
        finally
        {
            if (!isIndexed)
            {
                files.Close(source.Path);
            }
        }

        return new VideoInfo(source, GeneralIndexer.Index(source, length, deadline), stamp);
    }

    private static VideoIndex? IndexByTables(
        OpenFiles files, PositionedFile file, in VideoSource source, long length, in Deadline deadline) =>
        Mp4Indexer.TryIndex(file, source, length) is { } index ? IndexedOpening.Settle(files, file, index, source, deadline) : null;
}
