using System.ComponentModel;

namespace Avion.Video;

/// <summary>How a run of <c>ffmpeg</c> or <c>ffprobe</c> ended.</summary>
/// <param name="ExitCode">Exit code.</param>
/// <param name="Output">Standard output; empty where it was read as progress.</param>
/// <param name="Complaints">Standard error: its first lines.</param>
/// <param name="Stalled">It was ended because it made no progress.</param>
internal sealed record FFmpegResult(int ExitCode, string Output, IReadOnlyList<string> Complaints, bool Stalled);

/// <summary>Runs the programs of FFmpeg as child processes that end with the caller's cancellation.</summary>
internal static class FFmpegProcess
{
    /// <summary>A damaged file can complain once per picture; the first lines name the cause.</summary>
    private const int MaximumComplaints = 40;
    private const int MaximumLineLength = 500;
    private const int PollMilliseconds = 1000;

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    public static FFmpegResult Run(string program, IReadOnlyList<string> arguments, double timeoutSeconds, CancellationToken cancellation)
    {
        StringBuilder output = new();
        FFmpegResult result = RunLines(program, arguments, Keep, timeoutSeconds, cancellation);
        return result with { Output = output.ToString() };

        bool Keep(string line)
        {
            output.Append(line).Append('\n');
            return false;
        }
    }

    /// <summary>Runs <c>ffmpeg</c> with its machine-readable progress on standard output.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments, with <c>-progress pipe:1</c>.</param>
    /// <param name="onFrame">Called with the number of frames written, about twice a second.</param>
    /// <param name="stallSeconds">Seconds without a change of that number after which the program is ended.</param>
    /// <param name="cancellation">Ends the program.</param>
    public static FFmpegResult RunWithProgress(
        string program, IReadOnlyList<string> arguments, Action<long> onFrame, double stallSeconds, CancellationToken cancellation)
    {
        const string key = "frame=";
        long last = -1;
        return RunLines(program, arguments, Observe, stallSeconds, cancellation);

        bool Observe(string line)
        {
            if (!line.StartsWith(key, StringComparison.Ordinal) || !long.TryParse(line.AsSpan(key.Length), CultureInfo.InvariantCulture,
                out long frame))
            {
                return false;
            }

            bool advanced = frame != last;
            last = frame;
            onFrame(frame);
            return advanced;
        }
    }

    /// <summary>Runs a program and gives each line that it prints to the caller, who says whether that was progress.</summary>
    public static FFmpegResult RunLines(
        string program, IReadOnlyList<string> arguments, Func<string, bool> onLine, double stallSeconds, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using Process process = Start(program, arguments);
        List<string> complaints = [];
        process.ErrorDataReceived += (_, line) => Collect(complaints, line.Data);
        process.BeginErrorReadLine();
        process.StandardInput.Close();
        long lastProgress = Stopwatch.GetTimestamp();
        bool stalled = false;
        void Watch()
        {
            if (Stopwatch.GetElapsedTime(Interlocked.Read(ref lastProgress)).TotalSeconds > stallSeconds)
            {
                stalled = true;
                Kill(process);
            }
        }

        using (Timer watch = new(_ => Watch(), null, PollMilliseconds, PollMilliseconds))
        using (cancellation.Register(() => Kill(process)))
        {
            while (process.StandardOutput.ReadLine() is { } line)
            {
                if (onLine(line))
                {
                    Interlocked.Exchange(ref lastProgress, Stopwatch.GetTimestamp());
                }
            }

            process.WaitForExit();
        }

        cancellation.ThrowIfCancellationRequested();
        lock (complaints)
        {
            return new FFmpegResult(process.ExitCode, string.Empty, [.. complaints], stalled);
        }
    }

    private static Process Start(string program, IReadOnlyList<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardErrorEncoding = Encoding.UTF8,
                StandardOutputEncoding = Encoding.UTF8,
                // A filter that nobody uses links a matrix library, which would start a spinning thread for every core of the machine.
                Environment = { ["OPENBLAS_NUM_THREADS"] = "1" },
            })!;
        }
        catch (Win32Exception exception)
        {
            throw new VideoException(
                VideoErrorKind.LibraryMissing, program,
                $"The program '{program}' cannot be started ({exception.Message}); preparing videos needs it. " +
                "Install FFmpeg, on Debian or Ubuntu: apt-get install --no-install-recommends ffmpeg.", innerException: exception);
        }
    }

    private static void Collect(List<string> complaints, string? line)
    {
        if (!string.IsNullOrWhiteSpace(line))
        {
            lock (complaints)
            {
                if (complaints.Count < MaximumComplaints)
                {
                    complaints.Add(line.Length > MaximumLineLength ? line[..MaximumLineLength] : line);
                }
            }
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }
}
