using System.ComponentModel;
using System.Diagnostics;

namespace Avion.Cli;

/// <summary>The `ffmpeg` program, which encodes chunks.</summary>
internal static class FfmpegProgram
{
    public const string Name = "ffmpeg";
    public const string Remedy = "apt-get install --no-install-recommends ffmpeg";
    private const int TimeoutMilliseconds = 10_000;

    public static Finding Examine()
    {
        string? encoders = Run("-hide_banner -encoders");
        if (encoders is null || Run("-version") is not string version)
        {
            return new Finding("ffmpeg program", false, true, "'ffmpeg' cannot be started", Remedy);
        }
        string firstLine = version.Split('\n', 2)[0].Trim();
        return encoders.Contains("libx264", StringComparison.Ordinal)
            ? new Finding("ffmpeg program", true, true, firstLine)
            : new Finding("ffmpeg program", false, true, $"{firstLine}, built without libx264", "install a build of ffmpeg with libx264");
    }

    private static string? Run(string arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(Name, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            string output = process.StandardOutput.ReadToEnd();
            return process.WaitForExit(TimeoutMilliseconds) && process.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
