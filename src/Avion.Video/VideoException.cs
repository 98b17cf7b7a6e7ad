namespace Avion.Video;

/// <summary>Why a video could not be read. Each is a property of one file, except <see cref="LibraryMissing"/>.</summary>
public enum VideoErrorKind
{
    /// <summary>There is no such file.</summary>
    NotFound,

    /// <summary>The file exists but the system refuses to open or read it.</summary>
    Unreadable,

    /// <summary>The file has no bytes.</summary>
    Empty,

    /// <summary>The bytes are no video container that we or libavformat know.</summary>
    NotVideo,

    /// <summary>A container without a video stream, such as a sound file.</summary>
    NoVideoStream,

    /// <summary>A video stream without a single frame.</summary>
    NoFrames,

    /// <summary>The file ends before data that it declares.</summary>
    Truncated,

    /// <summary>Contents that contradict themselves or that the decoder rejects.</summary>
    Corrupt,

    /// <summary>A valid file with a feature that is not implemented, such as encryption or a pixel format without YUV planes.</summary>
    Unsupported,

    /// <summary>A frame index at or past the number of frames of the file.</summary>
    NoSuchFrame,

    /// <summary>Reading the clip took longer than <see cref="ClipReaderOptions.DeadlineSeconds"/>.</summary>
    DeadlineExceeded,

    /// <summary>The FFmpeg libraries are absent or of an unknown version.</summary>
    LibraryMissing,
}

/// <summary>One file, one reason, in one sentence that names the file, the time in it where known, and what to do.</summary>
public sealed class VideoException : Exception
{
    public VideoException(VideoErrorKind kind, string path, string message, double? timeSeconds = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Kind = kind;
        Path = path;
        TimeSeconds = timeSeconds;
    }

    public VideoErrorKind Kind { get; }

    public string Path { get; }

    /// <summary>Time of the frame at which reading failed, in seconds from the first frame; null where the whole file is bad.</summary>
    public double? TimeSeconds { get; }
}
