namespace Avion.Video;

/// <summary>The FFmpeg libraries of this machine: opened at first use, tested once by decoding a
/// picture, never required to build.</summary>
public static unsafe class FFmpegLibraries
{
    private const int LogQuiet = -8;

    private static readonly Lock s_gate = new();
    private static string? s_reason;
    private static bool s_tried;

    /// <summary>
    /// Opens libavcodec and libavutil and decodes a built-in picture with them.
    /// </summary>
    /// <param name="reason">On failure one sentence that says what is missing and how to get it; empty on success.</param>
    public static bool TryLoad(out string reason)
    {
        lock (s_gate)
        {
            if (!s_tried)
            {
                s_reason = Load();
                s_tried = true;
            }

            reason = s_reason ?? string.Empty;
            return s_reason is null;
        }
    }

    /// <summary>Versions of the opened libraries, such as <c>FFmpeg 5.1.9 (libavcodec 59.37.100,
    /// …)</c>; empty before a successful load.</summary>
    public static string Versions { get; private set; } = string.Empty;

    /// <summary>Whether containers other than mp4 and mov can be read (libavformat is there).</summary>
    public static bool HasGeneralRoad => TryLoad(out _) && NativeLibraries.Has(NativeLibraries.AvFormatName);

    /// <summary>Whether <see cref="Interpolation.FFmpegBicubic"/> is available (libswscale is there).</summary>
    public static bool HasFFmpegBicubic => TryLoad(out _) && NativeLibraries.Has(NativeLibraries.SwScaleName);

    /// <summary>Throws <see cref="VideoErrorKind.LibraryMissing"/> with the reason of <see cref="TryLoad"/>.</summary>
    internal static void Require()
    {
        if (!TryLoad(out string reason))
        {
            throw new VideoException(VideoErrorKind.LibraryMissing, string.Empty, reason);
        }
    }

    private static string? Load()
    {
        if (!NativeLibraries.Open(out string tried))
        {
            return "FFmpeg's libraries libavcodec and libavutil are missing (tried " + tried +
                "); install FFmpeg 4.4 to 8, on Debian or Ubuntu: apt-get install --no-install-recommends ffmpeg.";
        }

        ReleaseSet release = NativeLibraries.Release!;
        uint codec = AvCodec.avcodec_version();
        uint util = AvUtil.avutil_version();
        if (codec >> 16 != release.AvCodec || util >> 16 != release.AvUtil)
        {
            return $"libavcodec says version {codec >> 16} and libavutil {util >> 16} where their file names say {release.AvCodec} and " +
                $"{release.AvUtil}; reinstall FFmpeg, or name the folder of a sound copy in AVION_FFMPEG_DIR.";
        }

        AvUtil.av_log_set_level(LogQuiet);
        string versions = $"FFmpeg {Marshal.PtrToStringUTF8((nint)AvUtil.av_version_info())} (libavcodec {Dotted(codec)}, "
            + $"libavutil {Dotted(util)}";
        versions += NativeLibraries.Has(NativeLibraries.AvFormatName)
            ? $", libavformat {Dotted(AvFormat.avformat_version())}"
            : ", no libavformat";
        versions += NativeLibraries.Has(NativeLibraries.SwScaleName) ? $", libswscale {release.SwScale})" : ", no libswscale)";
        if (DecoderSelfTest.Run() is { } failure)
        {
            return $"{versions} does not decode Avion's test picture as expected: {failure}. Its binary interface is not one of FFmpeg " +
                "4.4 to 8; install one of those, or name its folder in AVION_FFMPEG_DIR.";
        }

        Versions = versions;
        return null;
    }

    private static string Dotted(uint version) => $"{version >> 16}.{(version >> 8) & 255}.{version & 255}";
}
