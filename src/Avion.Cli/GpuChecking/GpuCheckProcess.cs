using System.Diagnostics;
using System.Threading.Channels;

namespace Avion.Cli;

/// <summary>Runs pieces of a check in a process of their own, so that a kernel that hangs or takes the device
/// with it ends that alone.</summary>
/// <remarks>The process writes a line <c>begin N</c> before each piece, a line of JSON for each finding, and <c>end</c>
/// when all are done.</remarks>
internal sealed class GpuCheckProcess(IReadOnlyList<GpuCheckItem> items, Func<int, ProcessStartInfo> start, TimeSpan patience)
{
    private const string BeginWord = "begin ", EndWord = "end";
    private const int ErrorLines = 20;

    /// <summary>The process's side: tells of a piece.</summary>
    public static void WriteBegin(int item) => Write($"{BeginWord}{item}");

    /// <summary>The process's side: tells of a finding.</summary>
    public static void WriteFinding(GpuFinding finding) => Write(finding.ToLine());

    /// <summary>The process's side: all is done.</summary>
    public static void WriteEnd() => Write(EndWord);

    /// <summary>Runs pieces from one on, in as many processes as it takes, until all are done or the time is up.</summary>
    /// <returns>The number of the first piece that there was no time for; that of all where there was.</returns>
    public async Task<int> RunAsync(Action<int> begin, Action<GpuFinding> take, TimeSpan limit, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        int next = 0;
        while (next < items.Count && Left() > TimeSpan.Zero)
        {
            next = await RunOneAsync(next);
        }

        return next;

        TimeSpan Left() => limit - Stopwatch.GetElapsedTime(started);

        async Task<int> RunOneAsync(int first)
        {
            using Process process = Process.Start(start(first))
                ?? throw new InvalidOperationException("The check's own process did not start.");
            Queue<string> errors = new();
            process.ErrorDataReceived += (_, line) =>
            {
                lock (errors)
                {
                    errors.Enqueue(line.Data ?? "");
                    while (errors.Count > ErrorLines)
                    {
                        errors.Dequeue();
                    }
                }
            };
            process.BeginErrorReadLine();
            using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            int current = first;
            bool isBegun = false, isToldOf = false;
            try
            {
                while (true)
                {
                    silence.CancelAfter(Left() < patience ? Max(Left(), TimeSpan.FromMilliseconds(1)) : patience);
                    if (await process.StandardOutput.ReadLineAsync(silence.Token) is not { } line)
                    {
                        break;
                    }

                    if (line.StartsWith(BeginWord, StringComparison.Ordinal))
                    {
                        (current, isBegun, isToldOf) = (int.Parse(line.AsSpan(BeginWord.Length), CultureInfo.InvariantCulture),
                            true, false);
                        begin(current);
                    }
                    else if (GpuFinding.FromLine(line) is { } finding)
                    {
                        isToldOf |= finding.Failure is not null;
                        take(finding);
                    }
                    else if (line == EndWord)
                    {
                        await process.WaitForExitAsync(silence.Token);
                        return items.Count;
                    }
                }

                await process.WaitForExitAsync(silence.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                cancellation.ThrowIfCancellationRequested();
                if (Left() <= TimeSpan.Zero)
                {
                    return isBegun ? current : first;
                }

                Fail(string.Create(CultureInfo.InvariantCulture, $"no answer in {patience.TotalSeconds:0} s; its process was ended"));
                return current + 1;
            }

            if (!isBegun)
            {
                throw new InvalidOperationException($"The check's own process ended with exit code {process.ExitCode} before it began: "
                    + $"{Told()}");
            }

            if (!isToldOf)
            {
                Fail($"its process ended with exit code {process.ExitCode}: {Told()}");
            }

            return current + 1;

            void Fail(string what) => take(GpuFinding.Bad(items[current].Part, items[current].Name, what));

            string Told()
            {
                lock (errors)
                {
                    return string.Join(' ', errors).Trim() is { Length: > 0 } text ? text : "it said nothing";
                }
            }
        }

        static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
    }

    private static void Write(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
