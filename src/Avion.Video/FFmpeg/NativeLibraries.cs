using System.Reflection;

namespace Avion.Video;

/// <summary>
/// Opens the FFmpeg libraries of one release together: the versions of a set below were released as one, and mixing two sets in a process
/// crashes. Directories tried: <c>AVION_FFMPEG_DIR</c> if set, else the system's own search path.
/// </summary>
internal static class NativeLibraries
{
    public const string AvCodecName = "avcodec";
    public const string AvUtilName = "avutil";
    public const string AvFormatName = "avformat";
    public const string SwScaleName = "swscale";

    /// <summary>Library versions that belong together, newest first.</summary>
    public static readonly ReleaseSet[] Releases =
    [
        new("8", AvCodec: 62, AvUtil: 60, AvFormat: 62, SwScale: 9),
        new("7", AvCodec: 61, AvUtil: 59, AvFormat: 61, SwScale: 8),
        new("6", AvCodec: 60, AvUtil: 58, AvFormat: 60, SwScale: 7),
        new("5", AvCodec: 59, AvUtil: 57, AvFormat: 59, SwScale: 6),
        new("4.4", AvCodec: 58, AvUtil: 56, AvFormat: 58, SwScale: 5),
    ];

    private static readonly Lock s_gate = new();
    private static readonly Dictionary<string, nint> s_handles = [];
    private static ReleaseSet? s_release;
    private static bool s_opened;

    /// <summary>The set that was opened, or null. libavformat and libswscale of it may still be absent.</summary>
    public static ReleaseSet? Release => s_release;

    /// <summary>Opens libavcodec and libavutil of the newest complete set, and what there is of its libavformat and libswscale.</summary>
    public static bool Open(out string tried)
    {
        lock (s_gate)
        {
            tried = string.Empty;
            if (s_opened)
            {
                return s_release is not null;
            }

            string? directory = Environment.GetEnvironmentVariable("AVION_FFMPEG_DIR");
            List<string> names = [];
            foreach (ReleaseSet release in Releases)
            {
                string codecFile = FileName(AvCodecName, release.AvCodec);
                names.Add(codecFile);
                // libavutil first: libavcodec then binds to the copy that lies beside it.
                if (!TryOpen(directory, FileName(AvUtilName, release.AvUtil), out nint util))
                {
                    continue;
                }

                if (!TryOpen(directory, codecFile, out nint codec))
                {
                    NativeLibrary.Free(util);
                    continue;
                }

                s_handles[AvUtilName] = util;
                s_handles[AvCodecName] = codec;
                if (TryOpen(directory, FileName(AvFormatName, release.AvFormat), out nint format))
                {
                    s_handles[AvFormatName] = format;
                }

                if (TryOpen(directory, FileName(SwScaleName, release.SwScale), out nint scale))
                {
                    s_handles[SwScaleName] = scale;
                }

                s_release = release;
                break;
            }

            s_opened = true;
            NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);
            tried = string.Join(", ", names) + (directory is null ? " in the system's library path" : $" in AVION_FFMPEG_DIR={directory}");
            return s_release is not null;
        }
    }

    /// <summary>Whether a library of the opened set is there.</summary>
    public static bool Has(string name) => s_handles.ContainsKey(name);

    /// <summary>Whether a function exists in a library of the opened set; the few that come and go
    /// between versions are asked for first.</summary>
    public static bool HasFunction(string library, string function) =>
        s_handles.TryGetValue(library, out nint handle) && NativeLibrary.TryGetExport(handle, function, out _);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) =>
        s_handles.TryGetValue(name, out nint handle) ? handle : 0;

    private static bool TryOpen(string? directory, string file, out nint handle) =>
        NativeLibrary.TryLoad(directory is null ? file : Path.Combine(directory, file), out handle);

    private static string FileName(string library, int major)
    {
        if (OperatingSystem.IsWindows())
        {
            return $"{library}-{major}.dll";
        }

        return OperatingSystem.IsMacOS() ? $"lib{library}.{major}.dylib" : $"lib{library}.so.{major}";
    }
}

/// <summary>Major versions of the libraries of one FFmpeg release series.</summary>
internal sealed record ReleaseSet(string FFmpeg, int AvCodec, int AvUtil, int AvFormat, int SwScale);
