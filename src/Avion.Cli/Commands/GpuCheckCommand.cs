using System.Diagnostics;

namespace Avion.Cli;

/// <summary>`avion gpu-check`: whether the kernels of this build are right on this machine's GPU, and how fast they are.</summary>
internal static class GpuCheckCommand
{
    // Less than the four minutes that are promised, for the end of what is under way.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(225), s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Makes the command.</summary>
    /// <param name="here">A GPU, and what is looked at in this process; null for the machine's,
    /// and what the options ask for in another.</param>
    public static Command Create((GpuPlace Place, GpuCheckScale Scale)? here = null)
    {
        Option<int> device = new("--device") { Description = "Number of the GPU." };
        Option<bool> quick = new("--quick") { Description = "Check the kernels and time the hottest alone; half a minute." };
        Option<int> from = new("--from") { Hidden = true, DefaultValueFactory = _ => -1 };
        Option<bool> json = JsonOption.Create();
        Command command = new("gpu-check", "Check this build's kernels on a GPU, and time them and a training step.")
        {
            device, quick, from, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(async () =>
        {
            int ordinal = parsed.GetValue(device), first = parsed.GetValue(from);
            GpuPlace place = here?.Place ?? GpuPlace.Find();
            place.CheckOrdinal(ordinal);
            IReadOnlyList<GpuCheckItem> items = (here?.Scale ?? (parsed.GetValue(quick) ? GpuCheckScale.Quick : GpuCheckScale.Full)).All;
            if (first >= 0)
            {
                return RunAsChild(items, first, type => place.Open(ordinal, type), cancellation);
            }

            GpuCheckReport report = new(GpuDescription.Of(place.Driver, ordinal));
            long started = Stopwatch.GetTimestamp();
            int reached = here is not null ? RunHere(items, type => place.Open(ordinal, type), report, cancellation)
                : await new GpuCheckProcess(items, item => Child(ordinal, parsed.GetValue(quick), item), s_patience)
                    .RunAsync(item => Progress(items, item), report.Add, s_limit, cancellation);
            report.LeftOut = [.. items.Skip(reached).Select(item => item.Name)];
            report.Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (parsed.GetValue(json))
            {
                report.WriteJson();
            }
            else
            {
                report.WriteTables();
            }

            report.WriteFailures();
            return report.Failures.Count == 0 && report.LeftOut.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        }));
        return command;
    }

    private static int RunHere(IReadOnlyList<GpuCheckItem> items, Func<ElementType, CudaDevice> open, GpuCheckReport report,
        CancellationToken cancellation)
    {
        int last = -1;
        bool isDone = GpuCheckRun.Run(items, 0, open, item => last = item, report.Add, cancellation);
        return isDone ? items.Count : last + 1;
    }

    private static int RunAsChild(IReadOnlyList<GpuCheckItem> items, int first, Func<ElementType, CudaDevice> open,
        CancellationToken cancellation)
    {
        if (GpuCheckRun.Run(items, first, open, GpuCheckProcess.WriteBegin, GpuCheckProcess.WriteFinding, cancellation))
        {
            GpuCheckProcess.WriteEnd();
            return ExitCode.Ok;
        }

        return ExitCode.Failed;
    }

    private static ProcessStartInfo Child(int ordinal, bool quick, int item)
    {
        ProcessStartInfo start = OwnProgram.Start();
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        foreach (string argument in (string[])["gpu-check", "--device", $"{ordinal}", "--from", $"{item}",
            .. quick ? ["--quick"] : Array.Empty<string>()])
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    private static void Progress(IReadOnlyList<GpuCheckItem> items, int item)
    {
        if (item == 0 || items[item].Part != items[item - 1].Part)
        {
            int count = items.Count(other => other.Part == items[item].Part);
            Console.Error.WriteLine($"{items[item].Part.ToString().ToLowerInvariant()}: {Quantity.Count(count, "item")} ...");
        }
    }
}
