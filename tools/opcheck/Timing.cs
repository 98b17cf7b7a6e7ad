namespace Avion.OpCheckTool;

/// <summary>Times each kernel call of a case, forward and back, at the sizes that models run.</summary>
internal static class Timing
{
    private const int LeastRuns = 7;
    private const int MostRuns = 200;
    private const double SecondsPerSize = 0.4;

    public static int Run(IReadOnlyList<OpCase> cases, int threads, bool processorTime, Report report)
    {
        using CpuDevice device = new(processorTime ? 1 : threads);
        MachineCeilings ceilings = MachineCeilings.Measure(device, processorTime ? ProcessorClock.Read : null);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{device.Name}: matrix product {ceilings.GigaflopsPerSecond:f0} GFLOP/s, copy {ceilings.GigabytesPerSecond:f1} GB/s"));
        report.Columns = ["operation", "size", "kernel", "ms (median)", "p25", "p75", "GFLOP/s", "of product", "GB/s", "of copy"];
        foreach (OpCase opCase in cases)
        {
            foreach (OpSize size in opCase.ModelSizes)
            {
                foreach (KernelTime time in Measure(opCase, size, device, processorTime))
                {
                    double flops = time.Call.Flops / time.Median / 1e9, bytes = time.Call.Bytes / time.Median / 1e9;
                    report.Add(opCase.Name, size.ToString(), time.Call.Operation, Text(time.Median * 1e3, "f3"),
                        Text(time.LowerQuartile * 1e3, "f3"), Text(time.UpperQuartile * 1e3, "f3"), Text(flops, "f1"),
                        Text(flops / ceilings.GigaflopsPerSecond, "f2"), Text(bytes, "f1"),
                        Text(bytes / ceilings.GigabytesPerSecond, "f2"));
                }
            }
        }

        report.Write();
        return 0;
    }

    private static string Text(double value, string form) => value.ToString(form, CultureInfo.InvariantCulture);

    private static IEnumerable<KernelTime> Measure(OpCase opCase, OpSize size, CpuDevice device, bool processorTime)
    {
        using OpSession session = new(opCase, size, device);
        OperationTrace trace = new(clock: processorTime ? ProcessorClock.Read : null);
        List<double[]> runs = [];
        Stopwatch clock = Stopwatch.StartNew();
        RunOnce(opCase, session);
        RunOnce(opCase, session);
        device.Trace = trace;
        while (runs.Count < LeastRuns || (runs.Count < MostRuns && clock.Elapsed.TotalSeconds < SecondsPerSize))
        {
            trace.Clear();
            RunOnce(opCase, session);
            runs.Add([.. trace.Events.Select(call => Stopwatch.GetElapsedTime(0, call.DurationTicks).TotalSeconds)]);
        }

        device.Trace = null;

        // The same calls come in the same order in every run; what reads inputs and hands gradients over is not the operation's.
        for (int call = 0; call < trace.Events.Count; call++)
        {
            double[] times = [.. runs.Select(run => run[call]).Order()];
            if (trace.Events[call].Operation != "Add.Forward" || opCase.Name == "Add")
            {
                yield return new KernelTime(trace.Events[call], times[times.Length / 4], times[times.Length / 2],
                    times[times.Length * 3 / 4]);
            }
        }
    }

    private static void RunOnce(OpCase opCase, OpSession session)
    {
        if (opCase.IsDifferentiable)
        {
            session.ForwardBackward();
        }
        else
        {
            session.Step();
        }
    }

    private sealed record KernelTime(OperationEvent Call, double LowerQuartile, double Median, double UpperQuartile);
}
