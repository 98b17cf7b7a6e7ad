namespace Avion.Video.Tests;

/// <summary>
/// Videos whose every picture shows its number as twelve bright or dark columns, so that after any number of encodings it can be told which
/// picture of the source a picture is.
/// </summary>
internal static class CounterVideo
{
    private const int Bits = 12;
    private const int Rows = 4;
    private static readonly string s_asColumns = $"-vf scale={Bits}:{Rows}:flags=area -fps_mode passthrough -pix_fmt gray -f rawvideo";
    public const string Size = "192x96";

    /// <summary>Makes a video of numbered pictures; one like it that was made before is copied, for a start of ffmpeg takes longer than the video.</summary>
    /// <param name="path">File to write.</param>
    /// <param name="frames">Number of pictures, at most 4096.</param>
    /// <param name="rate">Pictures per second.</param>
    /// <param name="coding">Output options of ffmpeg.</param>
    /// <param name="filter">Filters after the drawing, such as a change of timestamps.</param>
    /// <param name="inputs">Further inputs, such as sound.</param>
    public static string Make(string path, int frames, string rate = "30", string coding = "-c:v libx264 -preset ultrafast",
        string filter = "", string inputs = "")
    {
        FFmpegProgram.Require();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string draw = $"geq=lum='if(mod(floor(N/pow(2,X)),2),220,30)':cb=128:cr=128,scale={Size}:flags=neighbor";
        string graph = $"color=s={Bits}x2:r={rate},format=yuv420p,{draw}" + (filter.Length > 0 ? "," + filter : "");
        string arguments = $"-f lavfi -i \"{graph}\" {inputs} -frames:v {frames} {coding}";
        string made = TestVideos.Make(NameOf(arguments, path), whole => FFmpegProgram.Run($"{arguments} \"{whole}\""));
        File.Copy(made, path, overwrite: true);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        return path;
    }

    /// <summary>The numbers on the pictures of a video, in order of display.</summary>
    public static int[] Read(string path) => Numbers(FFmpegProgram.Run($"-i \"{path}\" -map 0:v:0 {s_asColumns} -"));

    /// <summary>The same of many short videos, by one start of ffmpeg, which takes longer than the videos.</summary>
    public static IReadOnlyList<int[]> ReadEach(IReadOnlyList<string> paths)
    {
        string folder = Directory.CreateTempSubdirectory("avion-numbers-").FullName;
        try
        {
            string inputs = string.Join(' ', paths.Select(path => $"-threads 1 -i \"{path}\""));
            string outputs = string.Join(' ',
                paths.Select((_, number) => $"-map {number}:v:0 {s_asColumns} \"{Path.Combine(folder, $"{number}")}\""));
            FFmpegProgram.Run($"{inputs} {outputs}");
            return [.. paths.Select((_, number) => Numbers(File.ReadAllBytes(Path.Combine(folder, $"{number}"))))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Times of the pictures in seconds from the first, as ffprobe has them.</summary>
    public static double[] Times(string path)
    {
        double[] times = TimesFromStart(path);
        return [.. times.Select(time => time - times[0])];
    }

    /// <summary>Times of the pictures in seconds on the container's own clock.</summary>
    public static double[] TimesFromStart(string path)
    {
        string output = Probe($"-v error -select_streams v:0 -show_entries frame=best_effort_timestamp_time -of csv=p=0 \"{path}\"");
        return
        [
            .. output.Split('\n',
                StringSplitOptions.RemoveEmptyEntries).Select(line => double.Parse(line.Trim().TrimEnd(','), CultureInfo.InvariantCulture)),
        ];
    }

    /// <summary>What ffprobe prints.</summary>
    public static string Probe(string arguments)
    {
        using Process process =
            Process.Start(new ProcessStartInfo("ffprobe", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"ffprobe {arguments} ended with {process.ExitCode}.");
    }

    /// <summary>The same for the same pictures in the same form.</summary>
    private static string NameOf(string arguments, string path) =>
        $"counter-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(arguments)))}{Path.GetExtension(path)}";

    private static int[] Numbers(byte[] planes) => [.. planes.Chunk(Bits * Rows).Select(NumberOn)];

    private static int NumberOn(byte[] picture)
    {
        const int row = 2 * Bits;
        int number = 0;
        for (int bit = 0; bit < Bits; bit++)
        {
            number |= picture[row + bit] > 125 ? 1 << bit : 0;
        }

        return number;
    }
}
