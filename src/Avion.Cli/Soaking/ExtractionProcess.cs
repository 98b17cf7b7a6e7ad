using System.Diagnostics;

namespace Avion.Cli;

/// <summary>What a process that extracts holds at one moment.</summary>
/// <param name="Clips">Clips that it has put on the disk.</param>
/// <param name="ResidentBytes">Its memory that is in RAM.</param>
/// <param name="OpenFiles">Its open files; −1 where the system does not say.</param>
internal sealed record ExtractionSample(int Clips, long ResidentBytes, int OpenFiles);

/// <summary>How a process that extracts ended.</summary>
/// <param name="ExitCode">Its exit code; null where it was killed.</param>
/// <param name="Summary">What it printed with <c>--json</c>; null where it was killed or failed.</param>
/// <param name="Error">What it said on standard error.</param>
/// <param name="Samples">What it held.</param>
/// <param name="Seconds">Time by the clock.</param>
internal sealed record ExtractionEnd(
    int? ExitCode, JsonElement? Summary, string Error, IReadOnlyList<ExtractionSample> Samples, double Seconds);

/// <summary>`avion extract` as a process of its own, looked at from outside until it ends or is killed.</summary>
internal static class ExtractionProcess
{
    private const int LookMilliseconds = 100;

    /// <summary>Runs it.</summary>
    /// <param name="arguments">Of `avion`.</param>
    /// <param name="output">The folder that it fills.</param>
    /// <param name="killAt">Clips on the disk from which on it is killed (SIGKILL); null to let it end.</param>
    /// <param name="onSample">Called about ten times a second.</param>
    /// <param name="cancellation">Kills it.</param>
    public static ExtractionEnd Run(
        IReadOnlyList<string> arguments, string output, int? killAt, Action<ExtractionSample> onSample, CancellationToken cancellation)
    {
        ProcessStartInfo start = OwnProgram.Start();
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        long started = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("The program did not start again.");
        Task<string> text = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        List<ExtractionSample> samples = [];
        bool isKilled = false;
        while (!process.WaitForExit(LookMilliseconds))
        {
            if (Look(process, output) is { } sample)
            {
                samples.Add(sample);
                onSample(sample);
                isKilled = sample.Clips >= killAt;
            }

            if (isKilled || cancellation.IsCancellationRequested)
            {
                process.Kill();
                process.WaitForExit();
            }
        }

        cancellation.ThrowIfCancellationRequested();
        process.WaitForExit();
        string printed = text.GetAwaiter().GetResult();
        JsonElement? summary = !isKilled && printed.StartsWith('{') ? JsonDocument.Parse(printed).RootElement : null;
        return new ExtractionEnd(isKilled ? null : process.ExitCode, summary, error.GetAwaiter().GetResult().Trim(), samples,
            Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>Null where it has ended meanwhile, or has not begun with the clips.</summary>
    private static ExtractionSample? Look(Process process, string output)
    {
        try
        {
            string files = $"/proc/{process.Id}/fd";
            int clips = Extraction.CountDone(output);
            process.Refresh();
            return process.WorkingSet64 is > 0 and long resident && clips > 0
                ? new ExtractionSample(clips, resident, Directory.Exists(files) ? Directory.GetFileSystemEntries(files).Length : -1) : null;
        }
        catch (Exception error) when (error is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
