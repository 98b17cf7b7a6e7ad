using System.Collections.Concurrent;

namespace Avion.Video.Tests;

/// <summary>Videos made by the ffmpeg program for this run of the tests, each once, in a folder that is removed at the end.</summary>
internal static class TestVideos
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_made = new();

    /// <summary>Folder of this run.</summary>
    public static string Folder { get; } = MakeFolder();

    /// <summary>
    /// A moving test picture (texture, noise, motion) coded by <paramref name="coding"/>, such as <c>-c:v libx264 -g 30</c>.
    /// </summary>
    public static string Make(string name, string coding, int frames = 60, string size = "160x96", string rate = "30", string filter = "")
    {
        FFmpegProgram.Require();
        string graph = $"testsrc2=s={size}:r={rate},noise=alls=12:allf=t" + (filter.Length > 0 ? "," + filter : "");
        return s_made.GetOrAdd(name, _ => new Lazy<string>(() =>
        {
            string path = System.IO.Path.Combine(Folder, name);
            FFmpegProgram.Run($"-f lavfi -i \"{graph}\" -frames:v {frames} -pix_fmt yuv420p {coding} \"{path}\"");
            return path;
        })).Value;
    }

    /// <summary>A file made by any other means, once.</summary>
    public static string Make(string name, Action<string> write) => s_made.GetOrAdd(name, _ => new Lazy<string>(() =>
    {
        string path = System.IO.Path.Combine(Folder, name);
        write(path);
        return path;
    })).Value;

    /// <summary>The natural video of Debian's python3-imageio; skips with the reason where the package is not installed.</summary>
    public static string Cockatoo()
    {
        FFmpegProgram.Require();
        string path = NaturalVideos.PathOf(NaturalVideos.Bird);
        Assert.SkipUnless(File.Exists(path), NaturalVideos.Missing);
        return path;
    }

    private static string MakeFolder()
    {
        string folder = Directory.CreateTempSubdirectory("avion-video-tests-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}
