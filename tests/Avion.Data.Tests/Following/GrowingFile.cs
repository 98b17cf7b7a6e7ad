using Avion.Testing;

namespace Avion.Data.Tests;

/// <summary>Videos by ffmpeg, and a writer that appends one to a file in pieces of random size.</summary>
internal static class GrowingFile
{
    /// <summary>Makes a video; the test is skipped where there is no ffmpeg.</summary>
    public static void Make(string path, params string[] arguments)
    {
        try
        {
            ProcessResult made = ChildProcess.RunAsync("ffmpeg", ["-v", "error", "-y", .. arguments, path]).GetAwaiter().GetResult();
            Assert.True(made.ExitCode == 0, made.Error);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            Assert.Skip($"needs ffmpeg: {error.Message}");
        }
    }

    /// <summary>Appends bytes in pieces, from below a packet to many, with pauses between them.</summary>
    public static async Task AppendAsync(string path, byte[] bytes, int seed, int pieces = 60)
    {
        Random random = new(seed);
        int[] cuts = [0, .. Enumerable.Range(0, pieces - 1).Select(_ => random.Next(bytes.Length)).Order(), bytes.Length];
        await using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        for (int i = 0; i < pieces; i++)
        {
            await file.WriteAsync(bytes.AsMemory(cuts[i], cuts[i + 1] - cuts[i]));
            await file.FlushAsync();
            await Task.Delay(random.Next(2, 20));
        }
    }
}
