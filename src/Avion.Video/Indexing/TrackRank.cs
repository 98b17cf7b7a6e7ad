namespace Avion.Video;

/// <summary>
/// Which of several video tracks is the video, on both roads: one that moves before a single picture, then an enabled or default one before
/// others, then the largest, then the first. Tracks that only illustrate (attached pictures, chapter pictures) do not take part.
/// </summary>
/// <param name="IsPicture">Whether the track is a single still picture.</param>
/// <param name="IsDefault">Whether the container enables it (mp4, mov) or calls it the default.</param>
/// <param name="Pixels">Width times height as the container declares them.</param>
internal readonly record struct TrackRank(bool IsPicture, bool IsDefault, long Pixels)
{
    /// <summary>Whether a track of one frame of this codec is a picture and no video.</summary>
    public static bool IsStill(int codecId, long frames) => frames == 1 && codecId is (CodecIds.Mjpeg or CodecIds.Png);

    /// <summary>Whether this track is preferred; of equals, the first in the file is.</summary>
    public bool IsBefore(in TrackRank other) =>
        IsPicture != other.IsPicture ? !IsPicture
        : IsDefault != other.IsDefault ? IsDefault
        : Pixels > other.Pixels;
}
