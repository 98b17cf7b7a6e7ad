namespace Avion.Testing;

/// <summary>A folder as users have them: videos of several containers, one in chunks, and files that are no whole videos.</summary>
/// <remarks>
/// <c>a.mp4</c> 10 s and <c>deep/b.mkv</c> 3 s of 64 x 48 at 10 frames a second; <c>long.mp4/0.mp4</c>, <c>2.mp4</c>, <c>4.mp4</c>, chunks of
/// 2 s, 2 s and 1 s of one video; <c>cut.mp4</c>, the first half of <c>a.mp4</c>; <c>empty.mp4</c>; <c>words.mp4</c>, a text; and
/// <c>notes.txt</c>, which nobody takes for a video.
/// </remarks>
public sealed class MixedVideos : IDisposable
{
    /// <summary>Videos that can be read, in ordinal order, below the folder.</summary>
    public static readonly string[] Good = ["a.mp4", "deep/b.mkv", "long.mp4"];

    /// <summary>Files that cannot.</summary>
    public static readonly string[] Bad = ["cut.mp4", "empty.mp4", "words.mp4"];

    private readonly TemporaryFolder _folder = new();

    /// <summary>Makes the folder.</summary>
    public MixedVideos()
    {
        try
        {
            Make("a.mp4", "testsrc=size=64x48:rate=10:duration=10");
            Make("deep/b.mkv", "testsrc2=size=64x48:rate=10:duration=3");
            Make("whole.mp4", "mandelbrot=size=64x48:rate=10", "-t", "5");
            foreach ((int start, int seconds) in new[] { (0, 2), (2, 2), (4, 1) })
            {
                Run(["-ss", $"{start}", "-i", Path("whole.mp4"), "-t", $"{seconds}", "-g", "5", Path($"long.mp4/{start}.mp4")]);
            }

            File.Delete(Path("whole.mp4"));
            byte[] whole = File.ReadAllBytes(Path("a.mp4"));
            File.WriteAllBytes(Path("cut.mp4"), whole[..(whole.Length / 2)]);
            File.WriteAllBytes(Path("empty.mp4"), []);
            File.WriteAllText(Path("words.mp4"), "words, not frames");
            File.WriteAllText(Path("notes.txt"), "notes");
            Reason = "";
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            Reason = $"needs ffmpeg: {error.Message}";
        }
    }

    /// <summary>Why there are none, for skipped tests; empty where they are there.</summary>
    public string Reason { get; }

    /// <summary>The folder.</summary>
    public string Root => _folder.FullName;

    /// <summary>A file in the folder.</summary>
    public string Path(string name)
    {
        string path = _folder.File(name.Split('/'));
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        return path;
    }

    /// <inheritdoc />
    public void Dispose() => _folder.Dispose();

    private void Make(string name, string source, params string[] options) =>
        Run(["-f", "lavfi", "-i", source, .. options, "-pix_fmt", "yuv420p", "-g", "5", Path(name)]);

    private static void Run(string[] arguments)
    {
        ProcessResult made = ChildProcess.RunAsync("ffmpeg", ["-v", "error", .. arguments]).GetAwaiter().GetResult();
        if (made.ExitCode != 0)
        {
            throw new InvalidOperationException($"ffmpeg failed: {made.Error}");
        }
    }
}
