using System.Runtime.InteropServices;

namespace Avion.Cli.Machine;

/// <summary>libavcodec and libavutil, which decode video.</summary>
internal static class FfmpegLibraries
{
    private const string Remedy = "apt-get install --no-install-recommends libavcodec59 (or your distribution's FFmpeg libraries, 4.4 to 8)";
    private const int NewestMajor = 62;
    private const int OldestMajor = 58;

    public static unsafe Finding Examine()
    {
        for (int major = NewestMajor; major >= OldestMajor; major--)
        {
            string name = $"libavcodec.so.{major}";
            if (NativeLibrary.TryLoad(name, out nint handle) && NativeLibrary.TryGetExport(handle, "avcodec_version", out nint address))
            {
                uint version = ((delegate* unmanaged<uint>)address)();
                return new Finding("ffmpeg libraries", true, true, $"{name}, version {version >> 16}.{(version >> 8) & 255}.{version & 255}");
            }
        }
        return new Finding("ffmpeg libraries", false, true, $"no libavcodec.so.{OldestMajor} to .{NewestMajor} can be opened", Remedy);
    }
}
