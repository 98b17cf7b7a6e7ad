namespace Avion.Video;

/// <summary>Lengths of videos that their headers tell: the tables of mp4 and mov, read without decoding a picture.</summary>
public static class HeaderLength
{
    /// <summary>The length of a video; null where its header does not tell one: other containers, fragmented or damaged files, or no
    /// file.</summary>
    public static VideoLength? Of(in VideoSource video)
    {
        try
        {
            using PositionedFile file = new();
            file.Open(video.Path, Encoding.UTF8.GetBytes(video.Path + '\0'));
            long bytes = video.Length >= 0 ? video.Length : file.Length - video.Offset;
            return bytes > 0 && Mp4Indexer.TryIndex(file, video, bytes) is { } index ? VideoLength.Of(index) : null;
        }
        catch (Exception error) when (error is VideoException or IOException or UnauthorizedAccessException)
        {
            // Whoever reads the video is told.
            return null;
        }
    }
}
