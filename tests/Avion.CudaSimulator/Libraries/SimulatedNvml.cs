namespace Avion.CudaSimulator;

/// <summary>NVML without GPUs: sensors of simulated devices, with readings that tell the devices apart.</summary>
internal static unsafe class SimulatedNvml
{
    private const int InvalidArgument = 2, NotSupported = 3, NotFound = 6, GpuIsLost = 15;

    private static bool s_isStarted;

    public static IReadOnlyDictionary<string, nint> Exports { get; } = new Dictionary<string, nint>
    {
        ["nvmlInit_v2"] = (nint)(delegate* unmanaged<int>)&Start,
        ["nvmlErrorString"] = (nint)(delegate* unmanaged<int, nint>)&ErrorString,
        ["nvmlSystemGetDriverVersion"] = (nint)(delegate* unmanaged<byte*, uint, int>)&DriverVersion,
        ["nvmlDeviceGetHandleByPciBusId_v2"] = (nint)(delegate* unmanaged<byte*, nint*, int>)&HandleByBusId,
        ["nvmlDeviceGetUtilizationRates"] = (nint)(delegate* unmanaged<nint, uint*, int>)&Utilization,
        ["nvmlDeviceGetMemoryInfo"] = (nint)(delegate* unmanaged<nint, ulong*, int>)&Memory,
        ["nvmlDeviceGetPowerUsage"] = (nint)(delegate* unmanaged<nint, uint*, int>)&Power,
        ["nvmlDeviceGetClockInfo"] = (nint)(delegate* unmanaged<nint, int, uint*, int>)&Clock,
        ["nvmlDeviceGetMaxClockInfo"] = (nint)(delegate* unmanaged<nint, int, uint*, int>)&LargestClock,
        ["nvmlDeviceGetTemperature"] = (nint)(delegate* unmanaged<nint, int, uint*, int>)&Temperature,
    };

    [UnmanagedCallersOnly]
    private static int Start()
    {
        s_isStarted = true;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static nint ErrorString(int result) => SimulatedDriver.Text(result switch
    {
        NotSupported => "Not Supported", NotFound => "Not Found", GpuIsLost => "GPU is lost", _ => "Invalid Argument",
    });

    [UnmanagedCallersOnly]
    private static int DriverVersion(byte* text, uint length) => Write("570.86.10\0", text, length);

    [UnmanagedCallersOnly]
    private static int HandleByBusId(byte* text, nint* device)
    {
        string busId = Marshal.PtrToStringUTF8((nint)text) ?? "";
        int found = SimulatedDriver.DevicesOfCurrent.ToList().FindIndex(candidate => candidate.BusId == busId);
        *device = found + 1;
        return found < 0 || !s_isStarted ? NotFound : 0;
    }

    [UnmanagedCallersOnly]
    private static int Utilization(nint device, uint* shares) => Read(device, _ => (shares[0], shares[1]) = (90 + (uint)device, 40));

    [UnmanagedCallersOnly]
    private static int Memory(nint device, ulong* sizes) => Read(device, found =>
        (sizes[0], sizes[1], sizes[2]) = ((ulong)found.MemoryBytes, (ulong)(found.MemoryBytes - found.Memory.UsedBytes), (ulong)found.Memory.UsedBytes));

    [UnmanagedCallersOnly]
    private static int Power(nint device, uint* milliwatts) => Read(device, _ => *milliwatts = 250_000 + (uint)device);

    [UnmanagedCallersOnly]
    private static int Clock(nint device, int type, uint* megahertz) => type == 1 ? Read(device, _ => *megahertz = 1500) : InvalidArgument;

    [UnmanagedCallersOnly]
    private static int LargestClock(nint device, int type, uint* megahertz) => type == 1 ? Read(device, _ => *megahertz = 1800) : InvalidArgument;

    // Some cards have no such sensor.
    [UnmanagedCallersOnly]
    private static int Temperature(nint device, int type, uint* degrees) => NotSupported;

    private static int Read(nint device, Action<SimulatedDevice> read)
    {
        IReadOnlyList<SimulatedDevice> devices = SimulatedDriver.DevicesOfCurrent;
        if (device < 1 || device > devices.Count)
        {
            return GpuIsLost;
        }

        read(devices[(int)device - 1]);
        return 0;
    }

    private static int Write(string text, byte* target, uint length)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length > length)
        {
            return InvalidArgument;
        }

        bytes.CopyTo(new Span<byte>(target, (int)length));
        return 0;
    }
}
