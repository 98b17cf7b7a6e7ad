namespace Avion.OpCases;

/// <summary>A GPU as its driver describes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ComputeCapability">Such as 8.6.</param>
/// <param name="MultiprocessorCount">Multiprocessors.</param>
/// <param name="ClockGigahertz">Their highest clock.</param>
public sealed record GpuDescription(string Name, string ComputeCapability, int MultiprocessorCount, double ClockGigahertz)
{
    // Operations of bfloat16 that a multiprocessor's tensor cores do in a clock, where the compute capability alone decides it: cards of
    // 8.6, 8.9 and 12.0 differ in it.
    private static readonly Dictionary<string, int> s_operationsPerClock = new() { ["8.0"] = 2048, ["9.0"] = 4096 };

    /// <summary>Reads what a driver says of a device, without starting anything on it.</summary>
    public static GpuDescription Of(CudaDriver driver, int ordinal)
    {
        int device = driver.Device(ordinal);
        int major = driver.Attribute(device, CudaDeviceAttribute.ComputeCapabilityMajor);
        int minor = driver.Attribute(device, CudaDeviceAttribute.ComputeCapabilityMinor);
        return new GpuDescription(driver.DeviceName(device), $"{major}.{minor}",
            driver.Attribute(device, CudaDeviceAttribute.MultiprocessorCount),
            driver.Attribute(device, CudaDeviceAttribute.ClockKilohertz) / 1e6);
    }

    /// <summary>10¹² operations of bfloat16 a second at the highest clock; not a number where the capability does not tell.</summary>
    public double PeakTeraflopsPerSecond => s_operationsPerClock.TryGetValue(ComputeCapability, out int operations)
        ? operations * MultiprocessorCount * ClockGigahertz / 1e3 : double.NaN;
}
