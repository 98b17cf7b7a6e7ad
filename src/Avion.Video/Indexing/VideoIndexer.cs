using System.Text;

namespace Avion.Video.Indexing;

/// <summary>Opens a file and makes its index by the road that fits.</summary>
internal static class VideoIndexer
{
    public static VideoInfo Index(PositionedFile file, in VideoSource source)
    {
        try
        {
            file.Open(source.Path, Encoding.UTF8.GetBytes(source.Path + '\0'));
            long length = source.Length >= 0 ? source.Length : file.Length - source.Offset;
            if (length <= 0)
            {
                throw new VideoException(VideoErrorKind.Empty, source.Path, $"Cannot read '{source}': it is empty.");
            }

            VideoIndex? index = Mp4Indexer.TryIndex(file, source, length);
            if (index is not null)
            {
                return new VideoInfo(source, index);
            }
        }
        finally
        {
            file.Close();
        }

        throw new VideoException(VideoErrorKind.NotVideo, source.Path, $"Cannot read '{source}': it is no video file that is known.");
    }
}
