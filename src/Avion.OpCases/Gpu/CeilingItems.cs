namespace Avion.OpCases;

/// <summary>What a GPU reaches at best, measured in the same run as everything that is compared with it.</summary>
public static class CeilingItems
{
    /// <summary>Names of the ceilings, and the figure of the copy; a product has <see cref="RateItems.TeraflopsPerSecond"/>.</summary>
    public const string Copy = "copy on the device", Product = "matrix product", GigabytesPerSecond = "gigabytes_per_second";

    private const int Runs = 9;

    /// <summary>A copy and a square product.</summary>
    /// <param name="copyBytes">Bytes that are copied.</param>
    /// <param name="side">Rows and columns of the product.</param>
    public static IReadOnlyList<GpuCheckItem> For(long copyBytes, int side) =>
    [
        new(GpuCheckPart.Ceilings, Copy, devices => [MeasureCopy(devices.Of(ElementType.BFloat16), copyBytes)]),
        new(GpuCheckPart.Ceilings, Product, devices => MeasureProduct(devices.Of(ElementType.BFloat16), side, copyBytes / 2)),
    ];

    private static GpuFinding MeasureCopy(CudaDevice device, long bytes)
    {
        nint source = device.AllocateMemory(bytes), target = device.AllocateMemory(bytes);
        try
        {
            Shape shape = new(checked((int)(bytes / sizeof(float))));
            Tensor from = Tensor.Wrap(source, shape, ElementType.Float32), to = Tensor.Wrap(target, shape, ElementType.Float32);
            device.Clear(from);
            using CudaOperationTimes times = new(device);
            List<double> seconds = [];
            for (int run = 0; run < Runs; run++)
            {
                // The first gives the host a lead over the device.
                device.Copy(from, to);
                times.Begin(Copy, 0, 2 * bytes);
                device.Copy(from, to);
                times.End();
                seconds.Add(times.Take()[0].Seconds);
            }

            return GpuFinding.Good(GpuCheckPart.Ceilings, Copy, $"{bytes >> 20} MiB read and written",
                (GigabytesPerSecond, 2 * bytes / Middle(seconds) / 1e9));
        }
        finally
        {
            device.FreeMemory(source, bytes);
            device.FreeMemory(target, bytes);
        }
    }

    private static IEnumerable<GpuFinding> MeasureProduct(CudaDevice device, int side, long leadBytes)
    {
        OpSize size = OpSize.Of(("N", side), ("I", side), ("O", side));
        IEnumerable<GpuFinding> found = RateItems.Measure(OpCaseList.Find("Linear/Project"), size, device, Runs, leadBytes);
        GpuFinding best = found.MaxBy(finding => finding.Figure(RateItems.TeraflopsPerSecond))!;
        yield return best with { Part = GpuCheckPart.Ceilings, Name = Product, Detail = $"{side} × {side} × {side}, bfloat16" };
    }

    internal static double Middle(IEnumerable<double> values) =>
        values.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : double.NaN;
}
