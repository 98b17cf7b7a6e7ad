using System.Text.Json;

namespace Avion.Peers;

/// <summary>What one side does in a process of its own: it gets ready, and takes a turn for each line that it reads.</summary>
/// <remarks>Sides alternate turn by turn in long-lived processes: each keeps its threads, allocator and caches of code, and between its turns
/// its threads sleep.</remarks>
internal static class SideLoop
{
    private const int WarmRuns = 2;
    private const double ShortestTurnMilliseconds = 400;

    public static void Run(IWork work)
    {
        // Warm-up also tells how often short work runs in a turn.
        double milliseconds = 0;
        for (int run = 0; run < WarmRuns; run++)
        {
            milliseconds = RunOnce(work).Milliseconds;
        }

        ProcessClock.ForgetPeak();
        int runs = (int)Math.Clamp(ShortestTurnMilliseconds / milliseconds, 1, 2000);
        Write(new SideReady(work.Description));
        while (Console.ReadLine() == SideProcess.TurnCommand)
        {
            Duration[] times = [.. Enumerable.Range(0, runs).Select(_ => RunOnce(work))];
            Write(new SideTurn(Medians.Of(times.Select(time => time.Milliseconds)), Medians.Of(times.Select(time => time.ProcessorMilliseconds)),
                runs, ProcessClock.PeakMebibytes()));
        }
    }

    private static Duration RunOnce(IWork work)
    {
        ProcessClock clock = ProcessClock.Start();
        work.Run();
        Duration whole = clock.Elapsed();
        return work.Measured ?? whole;
    }

    private static void Write<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value));
}

/// <summary>A side is ready.</summary>
/// <param name="Description">What computes.</param>
internal sealed record SideReady(string Description);

/// <summary>What a turn took: medians over its runs.</summary>
/// <param name="Milliseconds">By the clock.</param>
/// <param name="ProcessorMilliseconds">Of all threads together.</param>
/// <param name="Runs">How often the work ran.</param>
/// <param name="PeakMebibytes">The most memory that was resident since the work was warm.</param>
internal sealed record SideTurn(double Milliseconds, double ProcessorMilliseconds, int Runs, double PeakMebibytes);
