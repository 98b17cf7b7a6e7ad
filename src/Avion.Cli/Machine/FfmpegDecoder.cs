namespace Avion.Cli;

/// <summary>libavcodec and libavutil, which decode video: opened, and tried on a built-in picture.</summary>
internal static class FfmpegDecoder
{
    private const string Remedy = "apt-get install --no-install-recommends ffmpeg";

    public static Finding Examine()
    {
        if (!FFmpegLibraries.TryLoad(out string reason))
        {
            return new Finding("ffmpeg libraries", false, true, reason.TrimEnd('.'), Remedy);
        }
        string general = FFmpegLibraries.HasGeneralRoad ? "" : "; without libavformat only mp4 and mov are read";
        return new Finding("ffmpeg libraries", true, true, FFmpegLibraries.Versions + general);
    }
}
