using System.ComponentModel;

namespace Avion.Video;

/// <summary>Every frame of some files, by our reader and by the ffmpeg program, in frames of one core's second; medians.</summary>
/// <param name="FramesPerCoreSecond">Our reader: decoded, resized and converted.</param>
/// <param name="ProgramFramesPerCoreSecond"><c>ffmpeg -threads 1 -i FILE -f null -</c>: decoded and
/// thrown away; not a number without the program.</param>
public sealed record SequentialBenchmarkResult(double FramesPerCoreSecond, double ProgramFramesPerCoreSecond)
{
    /// <summary>Our rate over the program's.</summary>
    public double Ratio => FramesPerCoreSecond / ProgramFramesPerCoreSecond;
}

/// <summary>Reads files from end to end beside the ffmpeg program, which decodes the same frames and does nothing with them.</summary>
/// <remarks>Both are measured by processor time and in turns, so that other work on the machine touches both alike.</remarks>
public static class SequentialBenchmark
{
    private const int Rounds = 3;
    private const int FramesPerRead = 64;
    private const int OutputSize = 224;

    /// <summary>Runs both on the same files.</summary>
    /// <exception cref="VideoException">A file cannot be read.</exception>
    public static SequentialBenchmarkResult Run(IReadOnlyList<string> files, CancellationToken cancellationToken = default)
    {
        using ClipReader reader = new();
        byte[] pixels = new byte[FramesPerRead * 3 * OutputSize * OutputSize];
        ReadAll(reader, files, pixels, cancellationToken);
        List<double> ours = [], program = [];
        for (int round = 0; round < Rounds; round++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            long frames = ReadAll(reader, files, pixels, cancellationToken);
            ours.Add(frames / (Environment.CpuUsage.TotalTime - before).TotalSeconds);
            program.Add(frames / ProgramSeconds(files, cancellationToken));
        }

        return new SequentialBenchmarkResult(ours.Order().ElementAt(Rounds / 2), program.Order().ElementAt(Rounds / 2));
    }

    private static long ReadAll(ClipReader reader, IReadOnlyList<string> files, byte[] pixels, CancellationToken cancellationToken)
    {
        long frames = 0;
        int[] indices = new int[FramesPerRead];
        foreach (string file in files)
        {
            VideoInfo info = reader.GetInfo(file);
            FrameTransform transform = FrameTransform.Whole(info, OutputSize, OutputSize);
            for (int first = 0; first < info.FrameCount; first += FramesPerRead)
            {
                int count = Math.Min(FramesPerRead, info.FrameCount - first);
                for (int i = 0; i < count; i++)
                {
                    indices[i] = first + i;
                }

                reader.Read(file, indices.AsSpan(0, count), transform, pixels.AsSpan(0, count * 3 * OutputSize * OutputSize),
                    cancellationToken);
                frames += count;
            }
        }

        return frames;
    }

    private static double ProgramSeconds(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        double seconds = 0;
        foreach (string file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ProcessStartInfo start = new("ffmpeg",
                ["-v", "info", "-nostats", "-benchmark", "-nostdin", "-threads", "1", "-i", file, "-map", "0:v:0", "-f", "null", "-"])
            {
                RedirectStandardError = true, RedirectStandardOutput = true,
            };
            try
            {
                using Process process = Process.Start(start)!;
                string log = process.StandardError.ReadToEnd();
                process.WaitForExit();
                seconds += TimeOf(log, "utime=") + TimeOf(log, "stime=");
            }
            catch (Win32Exception)
            {
                return double.NaN;
            }
        }

        return seconds;
    }

    /// <summary>Reads <c>bench: utime=0.412s stime=0.036s …</c>, since the system forgets the times of a process that has ended.</summary>
    private static double TimeOf(string log, string key)
    {
        int start = log.LastIndexOf(key, StringComparison.Ordinal) + key.Length;
        int end = start < key.Length ? -1 : log.IndexOf('s', start);
        return end > start && double.TryParse(log.AsSpan(start, end - start), CultureInfo.InvariantCulture, out double seconds)
            ? seconds
            : double.NaN;
    }
}
