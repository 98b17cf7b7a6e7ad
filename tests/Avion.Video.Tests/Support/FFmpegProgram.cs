namespace Avion.Video.Tests;

/// <summary>The ffmpeg program: makes the tests' videos and says what their frames are.</summary>
internal static class FFmpegProgram
{
    private static readonly Lazy<bool> s_exists = new(() =>
    {
        try
        {
            Run("-version");
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    });

    /// <summary>Skips the test with a reason when there is no ffmpeg program or no library.</summary>
    public static void Require()
    {
        bool libraries = FFmpegLibraries.TryLoad(out string reason);
        Assert.SkipUnless(libraries, "needs FFmpeg's libraries: " + reason);
        Assert.SkipUnless(s_exists.Value, "needs the ffmpeg program: not found in PATH");
    }

    /// <summary>Runs ffmpeg with blank-separated arguments and returns its standard output.</summary>
    public static byte[] Run(string arguments, byte[]? input = null)
    {
        ProcessStartInfo start = new("ffmpeg", "-hide_banner -nostdin -v error -y " + arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = input is not null,
        };
        if (input is not null)
        {
            start.Arguments = "-hide_banner -v error -y " + arguments;
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException("ffmpeg did not start");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        System.Threading.Tasks.Task feed = System.Threading.Tasks.Task.CompletedTask;
        if (input is not null)
        {
            feed = System.Threading.Tasks.Task.Run(() =>
            {
                process.StandardInput.BaseStream.Write(input);
                process.StandardInput.Close();
            });
        }

        using MemoryStream output = new();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        feed.Wait();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"ffmpeg {arguments}: exit code {process.ExitCode}: {errors.Result}");
        }

        return output.ToArray();
    }

    /// <summary>Every frame of a file as raw planes in its own pixel format, not turned upright, none repeated or dropped.</summary>
    public static byte[] RawFrames(string path, string extra = "", string stream = "v:0") =>
        Run($"-noautorotate -i \"{path}\" -map 0:{stream} -fps_mode passthrough {extra} -f rawvideo -");
}
