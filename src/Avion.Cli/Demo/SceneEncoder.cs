using System.ComponentModel;
using System.Diagnostics;

namespace Avion.Cli;

/// <summary>Encodes a scene to a folder of H.264 chunks, VIDEO.mp4/0.mp4, 15.mp4, …, by piping raw
/// frames into the `ffmpeg` program.</summary>
/// <remarks>Chunks begin with a keyframe, have B-frames and a keyframe about every second;
/// `fastdecode` leaves out CABAC and deblocking.</remarks>
internal static class SceneEncoder
{
    private const int KeyframeInterval = 12;
    private const int BFrames = 2;
    private const int QuantizerTarget = 22;

    /// <summary>Encodes scenes, several at once, and reports the share that is done.</summary>
    public static async Task EncodeAllAsync(
        IReadOnlyCollection<Scene> scenes, string videosFolder, Action<double> report, CancellationToken cancellation)
    {
        int written = 0;
        ParallelOptions options = new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        await Parallel.ForEachAsync(scenes, options, async (scene, token) =>
        {
            await EncodeAsync(scene, videosFolder, token);
            report((double)Interlocked.Increment(ref written) / scenes.Count);
        });
    }

    public static async Task EncodeAsync(Scene scene, string videosFolder, CancellationToken cancellation)
    {
        string folder = Path.Combine(videosFolder, scene.Name + ".mp4");
        Directory.CreateDirectory(folder);
        using Process ffmpeg = Start(scene.Task, folder);
        Task<string> complaint = ffmpeg.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await PipeFramesAsync(scene, ffmpeg, cancellation);
            await ffmpeg.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // Waited for, so that who is told of the stop finds no encoder running behind it.
            ffmpeg.Kill();
            await ffmpeg.WaitForExitAsync(CancellationToken.None);
            throw;
        }
        if (ffmpeg.ExitCode != 0)
        {
            throw new IOException($"Cannot encode '{folder}': ffmpeg ended with {ffmpeg.ExitCode}: {(await complaint).Trim()}");
        }
        NameChunksBySecond(scene.Task, folder);
    }

    private static async Task PipeFramesAsync(Scene scene, Process ffmpeg, CancellationToken cancellation)
    {
        FrameRenderer renderer = new(scene);
        byte[] rgb = new byte[renderer.FrameBytes];
        try
        {
            for (int frame = 0; frame < scene.FrameCount; frame++)
            {
                renderer.Render(frame, rgb);
                await ffmpeg.StandardInput.BaseStream.WriteAsync(rgb, cancellation);
            }

            ffmpeg.StandardInput.Close();
        }
        catch (IOException)
        {
            // ffmpeg closed its input early: its own words say why.
        }
    }

    private static Process Start(DemoTask task, string folder)
    {
        string size = $"{task.FrameSizePixels}x{task.FrameSizePixels}";
        string rate = task.FramesPerSecond.ToString(CultureInfo.InvariantCulture);
        string[] arguments =
        [
            "-v", "error", "-nostdin", "-y",
            "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", rate, "-i", "pipe:0",
            "-threads", "1", "-c:v", "libx264", "-preset", "veryfast", "-tune", "fastdecode", "-crf", $"{QuantizerTarget}",
            "-g", $"{KeyframeInterval}", "-bf", $"{BFrames}", "-pix_fmt", "yuv420p",
            "-force_key_frames", $"expr:gte(t,n_forced*{task.ChunkSeconds})",
            "-f", "segment", "-segment_frames", CutFrames(task), "-reset_timestamps", "1",
            "-segment_format_options", "movflags=+faststart", Path.Combine(folder, "%d.mp4"),
        ];
        try
        {
            return Process.Start(new ProcessStartInfo(FfmpegProgram.Name, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception)
        {
            throw new MissingOnMachineException("Videos are encoded with the 'ffmpeg' program, which cannot be started. "
                + $"Install it: {FfmpegProgram.Remedy}");
        }
    }

    /// <summary>First frames of all chunks but the first. Cuts by time would also be taken by a
    /// keyframe just before, for B-frames delay timestamps.</summary>
    private static string CutFrames(DemoTask task)
    {
        int frames = task.ChunkSeconds * task.FramesPerSecond, chunks = (task.VideoSeconds + task.ChunkSeconds - 1) / task.ChunkSeconds;
        return string.Join(',', Enumerable.Range(1, Math.Max(1, chunks - 1)).Select(chunk => chunk * frames));
    }

    /// <summary>ffmpeg numbers chunks 0, 1, 2; the chunk tree names them by their first second.
    /// From the last, so that no name is taken twice.</summary>
    private static void NameChunksBySecond(DemoTask task, string folder)
    {
        for (int chunk = (task.VideoSeconds - 1) / task.ChunkSeconds; chunk > 0; chunk--)
        {
            File.Move(Path.Combine(folder, $"{chunk}.mp4"), Path.Combine(folder, $"{chunk * task.ChunkSeconds}.mp4"));
        }
    }
}
