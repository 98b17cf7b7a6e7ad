namespace Avion.Cli;

/// <summary>Runs pieces of a check in this process.</summary>
internal static class GpuCheckRun
{
    /// <summary>Runs pieces from one on, until all are done or the device is lost.</summary>
    /// <param name="items">The pieces.</param>
    /// <param name="first">The first to run.</param>
    /// <param name="open">Opens the GPU.</param>
    /// <param name="begin">Hears of each piece before it is run.</param>
    /// <param name="take">Takes what was found.</param>
    /// <param name="cancellation">Stops between pieces.</param>
    /// <returns>Whether all are done; otherwise the last that was begun took the device with it, which a new process gets back.</returns>
    public static bool Run(IReadOnlyList<GpuCheckItem> items, int first, Func<ElementType, CudaDevice> open, Action<int> begin,
        Action<GpuFinding> take, CancellationToken cancellation)
    {
        GpuCheckDevices devices = new(open);
        for (int i = first; i < items.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            begin(i);
            Look(items[i], devices, take);
            if (!devices.Answer())
            {
                return false;
            }
        }

        devices.Dispose();
        return true;
    }

    private static void Look(GpuCheckItem item, GpuCheckDevices devices, Action<GpuFinding> take)
    {
        try
        {
            foreach (GpuFinding finding in item.Look(devices))
            {
                take(finding);
            }
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or OutOfMemoryException))
        {
            take(GpuFinding.Bad(item.Part, item.Name, exception.Message));
        }
    }
}
