namespace Avion.OpCases;

/// <summary>Times the operations of a training step on a GPU, forward and back.</summary>
public static class RateItems
{
    /// <summary>Figures of an operation: medians.</summary>
    public const string Milliseconds = "milliseconds", TeraflopsPerSecond = "teraflops_per_second";

    /// <summary>What is written before each run, so that the host gives its work while the device is busy.</summary>
    internal const long LeadBytes = 512L << 20;

    private const int WarmRuns = 2, DistinctDraws = 1 << 16;

    /// <summary>An item for each operation and size.</summary>
    /// <param name="hotAlone">Whether what takes little of a step is left out.</param>
    /// <param name="runs">Measured runs.</param>
    /// <param name="choose">Gives another size for an operation, such as a small one for a simulator.</param>
    /// <param name="leadBytes">What is written before each run.</param>
    public static IReadOnlyList<GpuCheckItem> For(bool hotAlone = false, int runs = 15, Func<OpCase, OpSize, OpSize>? choose = null,
        long leadBytes = LeadBytes) =>
    [
        .. RateSizes.Hot.Concat(hotAlone ? [] : RateSizes.Others).Select(timed =>
        {
            OpCase opCase = OpCaseList.Find(timed.Operation);
            OpSize size = choose?.Invoke(opCase, timed.Size) ?? timed.Size;
            ElementType type = opCase.IsOfActivations ? ElementType.BFloat16 : ElementType.Float32;
            return new GpuCheckItem(GpuCheckPart.Rates, $"{opCase.Name} at {size}",
                devices => Measure(opCase, size, devices.Of(type), runs, leadBytes));
        }),
    ];

    /// <summary>Times the kernels of one operation.</summary>
    internal static IEnumerable<GpuFinding> Measure(OpCase opCase, OpSize size, CudaDevice device, int runs, long leadBytes)
    {
        using OpSession session = new(opCase, size, device, distinctDraws: DistinctDraws);
        using CudaOperationTimes times = new(device);
        nint lead = device.AllocateMemory(leadBytes);
        List<Dictionary<string, OperationTotal>> measured = [];
        try
        {
            Tensor written = Tensor.Wrap(lead, new Shape(checked((int)(leadBytes / sizeof(float)))), ElementType.Float32);
            for (int run = -WarmRuns; run < runs; run++)
            {
                device.Clear(written);
                device.Trace = times;
                RunOnce(opCase, session);
                device.Trace = null;
                Dictionary<string, OperationTotal> calls = Totals(times.Take(), opCase);
                if (run >= 0)
                {
                    measured.Add(calls);
                }
            }
        }
        finally
        {
            device.Trace = null;
            device.FreeMemory(lead, leadBytes);
        }

        return [.. measured[0].Values.Select(call =>
        {
            double seconds = CeilingItems.Middle(measured.Select(calls => calls[call.Operation].Seconds));
            return GpuFinding.Good(GpuCheckPart.Rates, call.Operation, $"{size}", (Milliseconds, seconds * 1e3),
                (CeilingItems.GigabytesPerSecond, call.Bytes / seconds / 1e9), (TeraflopsPerSecond, call.Flops / seconds / 1e12));
        })];
    }

    /// <summary>Calls of a name together; what reads inputs and hands gradients over is not the operation's.</summary>
    private static Dictionary<string, OperationTotal> Totals(IReadOnlyList<OperationTotal> calls, OpCase opCase)
    {
        Dictionary<string, OperationTotal> totals = [];
        foreach (OperationTotal call in calls.Where(call => call.Operation is not ("Add.Forward" or "Cast.Run") || opCase.Name == "Add"))
        {
            totals[call.Operation] = totals.TryGetValue(call.Operation, out OperationTotal known)
                ? new OperationTotal(
                    call.Operation, known.Calls + 1, known.Seconds + call.Seconds, known.Flops + call.Flops, known.Bytes + call.Bytes)
                : call;
        }

        return totals;
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
}
