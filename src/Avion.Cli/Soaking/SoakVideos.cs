using System.ComponentModel;
using System.Diagnostics;

namespace Avion.Cli;

/// <summary>Videos of a soak: many small ones that show the same few things, and among them such as cannot be read.</summary>
/// <remarks>
/// A video is 10.92 s long, and windows of 1 s begin every 0.1 s: 100 of them. Video n shows what video n − 3 shows, so that features of
/// one tell those of the other. One in a hundred, and at least one, has noise in the place of some of its pictures; as many each are cut
/// off, empty and a text.
/// </remarks>
/// <param name="folder">Where they lie.</param>
/// <param name="clips">Windows of all that can be opened; a multiple of <see cref="ClipsOfVideo"/>.</param>
internal sealed class SoakVideos(string folder, int clips)
{
    /// <summary>Windows of one video.</summary>
    public const int ClipsOfVideo = 100;

    /// <summary>Length of a window, and from the beginning of one to that of the next, in milliseconds.</summary>
    public const int WindowMilliseconds = 1000, StrideMilliseconds = 100;

    private const int InHundred = 100, NoiseBytes = 400;
    private const string Length = "10.92";
    private static readonly string[] s_pictures = ["testsrc2", "testsrc", "mandelbrot"];
    private static readonly (string Name, Func<byte[], byte[]> Spoil)[] s_unopened =
    [
        ("cut", whole => whole[..(whole.Length / 2)]),
        ("empty", _ => []),
        ("words", _ => "words, not frames"u8.ToArray()),
    ];

    private int DamagedCount => Math.Max(clips / ClipsOfVideo / InHundred, 1);

    /// <summary>How many different things are shown.</summary>
    public static int Kinds => s_pictures.Length;

    /// <summary>Videos that are whole, in the order of their names.</summary>
    public IReadOnlyList<string> Whole =>
        [.. Enumerable.Range(0, (clips / ClipsOfVideo) - DamagedCount).Select(video => PathOf("whole", video))];

    /// <summary>Videos that can be opened and have pictures that cannot be read.</summary>
    public IReadOnlyList<string> Damaged => [.. Enumerable.Range(0, DamagedCount).Select(video => PathOf("damaged", video))];

    /// <summary>Files that cannot be opened.</summary>
    public IReadOnlyList<string> Unopened =>
    [
        .. s_unopened.SelectMany(kind => Enumerable.Range(0, DamagedCount).Select(video => PathOf(kind.Name, video)))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Writes them all.</summary>
    /// <exception cref="MissingOnMachineException">There is no ffmpeg here.</exception>
    public void Write(CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        byte[][] shown = [.. s_pictures.Select(Encode)];
        foreach ((string path, int video) in Whole.Select((path, video) => (path, video)))
        {
            cancellation.ThrowIfCancellationRequested();
            File.WriteAllBytes(path, shown[video % Kinds]);
        }

        foreach (string path in Damaged)
        {
            File.WriteAllBytes(path, WithNoise(shown[0]));
        }

        foreach ((string name, Func<byte[], byte[]> spoil) in s_unopened)
        {
            for (int video = 0; video < DamagedCount; video++)
            {
                File.WriteAllBytes(PathOf(name, video), spoil(shown[0]));
            }
        }
    }

    private string PathOf(string kind, int video) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{kind}-{video:00000}.mp4"));

    private byte[] Encode(string picture)
    {
        string path = Path.Combine(folder, picture + ".mp4");
        try
        {
            using Process ffmpeg = Process.Start(new ProcessStartInfo(FfmpegProgram.Name,
            [
                "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", $"{picture}=size=64x48:rate=25", "-t", Length, "-c:v", "libx264",
                "-pix_fmt", "yuv420p", "-g", "25", path,
            ])
            { RedirectStandardError = true })!;
            string complaint = ffmpeg.StandardError.ReadToEnd();
            ffmpeg.WaitForExit();
            if (ffmpeg.ExitCode != 0)
            {
                throw new IOException($"Cannot encode '{path}': ffmpeg ended with {ffmpeg.ExitCode}: {complaint.Trim()}");
            }
        }
        catch (Win32Exception)
        {
            throw new MissingOnMachineException("Videos are encoded with the 'ffmpeg' program, which cannot be started. "
                + $"Install it: {FfmpegProgram.Remedy}");
        }

        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }

    /// <summary>Noise over pictures in the middle of a file: what tells where pictures lie stands at its end and stays whole.</summary>
    private static byte[] WithNoise(byte[] whole)
    {
        byte[] damaged = [.. whole];
        new Random(1).NextBytes(damaged.AsSpan(whole.Length / 2, NoiseBytes));
        return damaged;
    }
}
