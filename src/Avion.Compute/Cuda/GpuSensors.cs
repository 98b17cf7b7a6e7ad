namespace Avion.Compute;

/// <summary>What the sensors of a GPU tell; cheap enough to be read once in a while during a training.</summary>
public sealed class GpuSensors
{
    private readonly Nvml _library;
    private readonly nint _device;
    private bool _isLost;

    private GpuSensors(Nvml library, nint device) => (_library, _device) = (library, device);

    /// <summary>Opens the sensors of a GPU.</summary>
    /// <param name="driver">Its driver.</param>
    /// <param name="ordinal">Its number among the driver's devices.</param>
    /// <param name="sensors">The sensors.</param>
    /// <param name="missing">Where there are none, why, as a sentence.</param>
    public static bool TryOpen(CudaDriver driver, int ordinal, out GpuSensors? sensors, out string missing) =>
        TryOpen(driver, driver.BusId(driver.Device(ordinal)), out sensors, out missing);

    internal static bool TryOpen(CudaDriver driver, string busId, out GpuSensors? sensors, out string missing)
    {
        sensors = null;
        if (!driver.Libraries.TryOpen(CudaLibrary.Nvml, out CudaFunctions? functions, out missing))
        {
            return false;
        }

        try
        {
            Nvml library = new(functions!);
            sensors = new GpuSensors(library, library.Device(busId));
            return true;
        }
        catch (Exception failure) when (failure is CudaException or EntryPointNotFoundException)
        {
            missing = $"The sensors of the GPU at {busId} cannot be read: {failure.Message}";
            return false;
        }
    }

    /// <summary>The driver's version, such as 570.86.10.</summary>
    public string DriverVersion => _library.DriverVersion;

    /// <summary>Reads all sensors. A GPU that does not answer any more has none: a training does not end for that.</summary>
    public GpuReading Read()
    {
        if (_isLost)
        {
            return default;
        }

        try
        {
            return new GpuReading(_library.Utilization(_device), _library.UsedMemoryBytes(_device), _library.Watts(_device),
                _library.DegreesCelsius(_device), _library.ClockMegahertz(_device), _library.LargestClockMegahertz(_device));
        }
        catch (CudaException)
        {
            _isLost = true;
            return default;
        }
    }
}

/// <summary>Readings of a GPU's sensors; null where a GPU has no such sensor.</summary>
/// <param name="UtilizationPercent">Share of the last second, or less, in which a kernel ran.</param>
/// <param name="UsedMemoryBytes">Memory that all processes use.</param>
/// <param name="Watts">Power.</param>
/// <param name="DegreesCelsius">Temperature.</param>
/// <param name="ClockMegahertz">Clock of the multiprocessors.</param>
/// <param name="LargestClockMegahertz">The clock that they can have.</param>
public readonly record struct GpuReading(double? UtilizationPercent, long? UsedMemoryBytes, double? Watts, double? DegreesCelsius,
    double? ClockMegahertz, double? LargestClockMegahertz);
