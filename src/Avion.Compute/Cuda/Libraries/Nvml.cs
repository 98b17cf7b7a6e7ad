using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>The functions of NVML, the driver's library of sensors, that Avion calls: a table of addresses, filled once.</summary>
/// <remarks>A call that succeeds allocates nothing here. Source: NVML API reference; the functions are there since CUDA 11.</remarks>
internal sealed unsafe class Nvml
{
    private const int NotSupported = 3, ProcessorClock = 1;

    private readonly delegate* unmanaged<int, nint> _errorString;
    private readonly delegate* unmanaged<byte*, uint, int> _driverVersion;
    private readonly delegate* unmanaged<byte*, nint*, int> _handleByBusId;
    private readonly delegate* unmanaged<nint, NvmlShares*, int> _utilization;
    private readonly delegate* unmanaged<nint, NvmlMemory*, int> _memory;
    private readonly delegate* unmanaged<nint, uint*, int> _power;
    private readonly delegate* unmanaged<nint, int, uint*, int> _clock, _largestClock, _temperature;

    /// <summary>Fills the table and starts the library.</summary>
    /// <exception cref="EntryPointNotFoundException">A function is missing.</exception>
    /// <exception cref="CudaException">The library does not start.</exception>
    public Nvml(CudaFunctions functions)
    {
        nint Find(string function) => functions.Require(function, "CUDA 11");
        _errorString = (delegate* unmanaged<int, nint>)Find("nvmlErrorString");
        _driverVersion = (delegate* unmanaged<byte*, uint, int>)Find("nvmlSystemGetDriverVersion");
        _handleByBusId = (delegate* unmanaged<byte*, nint*, int>)Find("nvmlDeviceGetHandleByPciBusId_v2");
        _utilization = (delegate* unmanaged<nint, NvmlShares*, int>)Find("nvmlDeviceGetUtilizationRates");
        _memory = (delegate* unmanaged<nint, NvmlMemory*, int>)Find("nvmlDeviceGetMemoryInfo");
        _power = (delegate* unmanaged<nint, uint*, int>)Find("nvmlDeviceGetPowerUsage");
        _clock = (delegate* unmanaged<nint, int, uint*, int>)Find("nvmlDeviceGetClockInfo");
        _largestClock = (delegate* unmanaged<nint, int, uint*, int>)Find("nvmlDeviceGetMaxClockInfo");
        _temperature = (delegate* unmanaged<nint, int, uint*, int>)Find("nvmlDeviceGetTemperature");

        // Never shut down: other parts of the process may use it, and it ends with the process.
        Check(((delegate* unmanaged<int>)Find("nvmlInit_v2"))(), "nvmlInit");
    }

    /// <summary>The driver's version, such as 570.86.10.</summary>
    public string DriverVersion
    {
        get
        {
            const int Longest = 96;
            byte* text = stackalloc byte[Longest];
            Check(_driverVersion(text, Longest), "nvmlSystemGetDriverVersion");
            return Marshal.PtrToStringUTF8((nint)text) ?? "";
        }
    }

    /// <summary>The device at a place of the bus: numbers of devices differ between libraries, places do not.</summary>
    public nint Device(string busId)
    {
        nint device;
        fixed (byte* text = (byte[])[.. Encoding.UTF8.GetBytes(busId), 0])
        {
            Check(_handleByBusId(text, &device), "nvmlDeviceGetHandleByPciBusId");
        }

        return device;
    }

    /// <summary>Share of the last second, or less, in which a kernel ran; in percent.</summary>
    public double? Utilization(nint device)
    {
        NvmlShares shares;
        return IsKnown(_utilization(device, &shares), "nvmlDeviceGetUtilizationRates") ? shares.Processor : null;
    }

    /// <summary>Memory that all processes use.</summary>
    public long? UsedMemoryBytes(nint device)
    {
        NvmlMemory memory;
        return IsKnown(_memory(device, &memory), "nvmlDeviceGetMemoryInfo") ? (long)memory.Used : null;
    }

    public double? Watts(nint device)
    {
        uint milliwatts;
        return IsKnown(_power(device, &milliwatts), "nvmlDeviceGetPowerUsage") ? milliwatts / 1000.0 : null;
    }

    public double? DegreesCelsius(nint device)
    {
        uint degrees;
        return IsKnown(_temperature(device, 0, &degrees), "nvmlDeviceGetTemperature") ? degrees : null;
    }

    public double? ClockMegahertz(nint device)
    {
        uint megahertz;
        return IsKnown(_clock(device, ProcessorClock, &megahertz), "nvmlDeviceGetClockInfo") ? megahertz : null;
    }

    public double? LargestClockMegahertz(nint device)
    {
        uint megahertz;
        return IsKnown(_largestClock(device, ProcessorClock, &megahertz), "nvmlDeviceGetMaxClockInfo") ? megahertz : null;
    }

    private bool IsKnown(int result, string call)
    {
        if (result == NotSupported)
        {
            return false;
        }

        Check(result, call);
        return true;
    }

    private void Check(int result, string call)
    {
        if (result != 0)
        {
            throw new CudaException(call, result, "NVML error", Marshal.PtrToStringUTF8(_errorString(result)) ?? "no description");
        }
    }

    private struct NvmlShares
    {
        public uint Processor, Memory;
    }

    private struct NvmlMemory
    {
        public ulong Total, Free, Used;
    }
}
