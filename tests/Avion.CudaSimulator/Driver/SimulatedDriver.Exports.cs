using System.Runtime.InteropServices;

namespace Avion.CudaSimulator;

/// <content>The functions: devices, contexts, memory.</content>
public sealed unsafe partial class SimulatedDriver
{
    private static readonly Dictionary<string, nint> s_texts = [];

    private static Dictionary<string, nint> Exports { get; } = new()
    {
        ["cuInit"] = (nint)(delegate* unmanaged<uint, int>)&Init,
        ["cuGetErrorName"] = (nint)(delegate* unmanaged<int, nint*, int>)&GetErrorName,
        ["cuGetErrorString"] = (nint)(delegate* unmanaged<int, nint*, int>)&GetErrorString,
        ["cuDeviceGetCount"] = (nint)(delegate* unmanaged<int*, int>)&DeviceGetCount,
        ["cuDeviceGet"] = (nint)(delegate* unmanaged<int*, int, int>)&DeviceGet,
        ["cuDeviceGetName"] = (nint)(delegate* unmanaged<byte*, int, int, int>)&DeviceGetName,
        ["cuDeviceTotalMem_v2"] = (nint)(delegate* unmanaged<nuint*, int, int>)&DeviceTotalMemory,
        ["cuDriverGetVersion"] = (nint)(delegate* unmanaged<int*, int>)&DriverGetVersion,
        ["cuDeviceGetPCIBusId"] = (nint)(delegate* unmanaged<byte*, int, int, int>)&DeviceGetBusId,
        ["cuDeviceCanAccessPeer"] = (nint)(delegate* unmanaged<int*, int, int, int>)&DeviceCanAccessPeer,
        ["cuDeviceGetAttribute"] = (nint)(delegate* unmanaged<int*, int, int, int>)&DeviceGetAttribute,
        ["cuDevicePrimaryCtxRetain"] = (nint)(delegate* unmanaged<nint*, int, int>)&PrimaryContextRetain,
        ["cuDevicePrimaryCtxRelease_v2"] = (nint)(delegate* unmanaged<int, int>)&PrimaryContextRelease,
        ["cuCtxSetCurrent"] = (nint)(delegate* unmanaged<nint, int>)&ContextSetCurrent,
        ["cuMemAlloc_v2"] = (nint)(delegate* unmanaged<ulong*, nuint, int>)&MemoryAllocate,
        ["cuMemFree_v2"] = (nint)(delegate* unmanaged<ulong, int>)&MemoryFree,
        ["cuMemGetInfo_v2"] = (nint)(delegate* unmanaged<nuint*, nuint*, int>)&MemoryInformation,
        ["cuMemHostAlloc"] = (nint)(delegate* unmanaged<nint*, nuint, uint, int>)&HostAllocate,
        ["cuMemFreeHost"] = (nint)(delegate* unmanaged<nint, int>)&HostFree,
        ["cuMemcpyHtoDAsync_v2"] = (nint)(delegate* unmanaged<ulong, void*, nuint, nint, int>)&CopyToDevice,
        ["cuMemcpyDtoHAsync_v2"] = (nint)(delegate* unmanaged<void*, ulong, nuint, nint, int>)&CopyToHost,
        ["cuMemcpyDtoDAsync_v2"] = (nint)(delegate* unmanaged<ulong, ulong, nuint, nint, int>)&CopyOnDevice,
        ["cuMemsetD8Async"] = (nint)(delegate* unmanaged<ulong, byte, nuint, nint, int>)&SetBytes,
        ["cuMemsetD16Async"] = (nint)(delegate* unmanaged<ulong, ushort, nuint, nint, int>)&SetShorts,
        ["cuMemsetD32Async"] = (nint)(delegate* unmanaged<ulong, uint, nuint, nint, int>)&SetWords,
        ["cuModuleLoadDataEx"] = (nint)(delegate* unmanaged<nint*, void*, uint, int*, void**, int>)&ModuleLoad,
        ["cuModuleUnload"] = (nint)(delegate* unmanaged<nint, int>)&ModuleUnload,
        ["cuModuleGetFunction"] = (nint)(delegate* unmanaged<nint*, nint, byte*, int>)&ModuleGetFunction,
        ["cuFuncSetAttribute"] = (nint)(delegate* unmanaged<nint, int, int, int>)&FunctionSetAttribute,
        ["cuFuncGetAttribute"] = (nint)(delegate* unmanaged<int*, int, nint, int>)&FunctionGetAttribute,
        ["cuLaunchKernel"] =
            (nint)(delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)&LaunchKernel,
        ["cuStreamCreate"] = (nint)(delegate* unmanaged<nint*, uint, int>)&StreamCreate,
        ["cuStreamDestroy_v2"] = (nint)(delegate* unmanaged<nint, int>)&StreamDestroy,
        ["cuStreamSynchronize"] = (nint)(delegate* unmanaged<nint, int>)&StreamSynchronize,
        ["cuStreamWaitEvent"] = (nint)(delegate* unmanaged<nint, nint, uint, int>)&StreamWaitEvent,
        ["cuEventCreate"] = (nint)(delegate* unmanaged<nint*, uint, int>)&EventCreate,
        ["cuEventDestroy_v2"] = (nint)(delegate* unmanaged<nint, int>)&EventDestroy,
        ["cuEventRecord"] = (nint)(delegate* unmanaged<nint, nint, int>)&EventRecord,
        ["cuEventSynchronize"] = (nint)(delegate* unmanaged<nint, int>)&EventSynchronize,
        ["cuEventQuery"] = (nint)(delegate* unmanaged<nint, int>)&EventQuery,
        ["cuEventElapsedTime"] = (nint)(delegate* unmanaged<float*, nint, nint, int>)&EventElapsedTime,
        ["cuStreamBeginCapture_v2"] = (nint)(delegate* unmanaged<nint, int, int>)&BeginCapture,
        ["cuStreamEndCapture"] = (nint)(delegate* unmanaged<nint, nint*, int>)&EndCapture,
        ["cuGraphInstantiateWithFlags"] = (nint)(delegate* unmanaged<nint*, nint, ulong, int>)&GraphInstantiate,
        ["cuGraphLaunch"] = (nint)(delegate* unmanaged<nint, nint, int>)&GraphLaunch,
        ["cuGraphDestroy"] = (nint)(delegate* unmanaged<nint, int>)&GraphDestroy,
        ["cuGraphExecDestroy"] = (nint)(delegate* unmanaged<nint, int>)&GraphExecutableDestroy,
    };

    internal static nint Text(string text)
    {
        lock (s_texts)
        {
            return s_texts.TryGetValue(text, out nint known) ? known : s_texts[text] = Marshal.StringToCoTaskMemUTF8(text);
        }
    }

    [UnmanagedCallersOnly]
    private static int Init(uint flags) => s_current is null ? ErrorCodes.NotInitialized : ErrorCodes.Success;

    [UnmanagedCallersOnly]
    private static int GetErrorName(int code, nint* name)
    {
        *name = Text(ErrorCodes.Name(code));
        return ErrorCodes.Success;
    }

    [UnmanagedCallersOnly]
    private static int GetErrorString(int code, nint* text)
    {
        *text = Text(LastTextOfCurrent.TrimEnd('.'));
        return ErrorCodes.Success;
    }

    [UnmanagedCallersOnly]
    private static int DeviceGetCount(int* count) => OnCurrent("cuDeviceGetCount", driver => *count = driver._devices.Count);

    [UnmanagedCallersOnly]
    private static int DeviceGet(int* device, int ordinal) => OnCurrent("cuDeviceGet", driver =>
    {
        driver.Device(ordinal);
        *device = ordinal;
    });

    [UnmanagedCallersOnly]
    private static int DeviceGetName(byte* name, int length, int device) => OnCurrent("cuDeviceGetName", driver =>
    {
        byte[] text = Encoding.UTF8.GetBytes($"Simulated GPU {driver.Device(device).ComputeCapability}\0");
        text.AsSpan(0, Math.Min(length, text.Length)).CopyTo(new Span<byte>(name, length));
    });

    [UnmanagedCallersOnly]
    private static int DeviceTotalMemory(nuint* bytes, int device) =>
        OnCurrent("cuDeviceTotalMem", driver => *bytes = (nuint)driver.Device(device).MemoryBytes);

    [UnmanagedCallersOnly]
    private static int DriverGetVersion(int* version) => OnCurrent("cuDriverGetVersion", _ => *version = 12080);

    [UnmanagedCallersOnly]
    private static int DeviceGetBusId(byte* text, int length, int device) => OnCurrent("cuDeviceGetPCIBusId", driver =>
    {
        byte[] busId = Encoding.UTF8.GetBytes(driver.Device(device).BusId + '\0');
        busId.CopyTo(new Span<byte>(text, length));
    });

    // Devices next to each other in pairs: 0 and 1, 2 and 3.
    [UnmanagedCallersOnly]
    private static int DeviceCanAccessPeer(int* can, int device, int other) =>
        OnCurrent("cuDeviceCanAccessPeer", _ => *can = device != other && device / 2 == other / 2 ? 1 : 0);

    [UnmanagedCallersOnly]
    private static int DeviceGetAttribute(int* value, int attribute, int device) => OnCurrent("cuDeviceGetAttribute", driver => *value = attribute switch
    {
        13 => SimulatedDevice.ClockKilohertz,
        16 => driver.Device(device).MultiprocessorCount,
        75 => driver.Device(device).ComputeCapability / 10,
        76 => driver.Device(device).ComputeCapability % 10,
        97 => LaunchShape.LargestSharedBytes,
        _ => throw new DriverError(ErrorCodes.InvalidValue, $"attribute {attribute} is not simulated"),
    });

    [UnmanagedCallersOnly]
    private static int PrimaryContextRetain(nint* context, int device) => OnCurrent("cuDevicePrimaryCtxRetain", driver =>
    {
        SimulatedDevice chosen = driver.Device(device);
        nint known = driver._handles.FirstOrDefault(entry => entry.Value is SimulatedContext open && ReferenceEquals(open.Device, chosen)).Key;
        *context = known != 0 ? known : driver.Open(new SimulatedContext(chosen));
    });

    [UnmanagedCallersOnly]
    private static int PrimaryContextRelease(int device) => OnCurrent("cuDevicePrimaryCtxRelease", driver => driver.Device(device));

    [UnmanagedCallersOnly]
    private static int ContextSetCurrent(nint context) => OnCurrent("cuCtxSetCurrent", driver =>
    {
        driver.Of<SimulatedContext>(context);
        t_context = context;
    });

    [UnmanagedCallersOnly]
    private static int MemoryAllocate(ulong* address, nuint bytes) => OnCurrent("cuMemAlloc", driver =>
    {
        SimulatedDevice device = driver.CurrentDevice;
        if (bytes == 0)
        {
            throw new DriverError(ErrorCodes.InvalidValue, "0 bytes cannot be taken");
        }

        if (device.Memory.UsedBytes + (long)bytes > device.MemoryBytes)
        {
            throw new DriverError(ErrorCodes.OutOfMemory, $"{bytes} bytes, while {device.MemoryBytes - device.Memory.UsedBytes} are free");
        }

        *address = device.Memory.Allocate((long)bytes);
    }, refusedInCapture: true);

    [UnmanagedCallersOnly]
    private static int MemoryFree(ulong address) => OnCurrent("cuMemFree", driver =>
    {
        SimulatedDevice device = driver.CurrentDevice;
        driver.Drain(device);
        device.Memory.Free(address);
    }, refusedInCapture: true);

    [UnmanagedCallersOnly]
    private static int MemoryInformation(nuint* free, nuint* total) => OnCurrent("cuMemGetInfo", driver =>
    {
        SimulatedDevice device = driver.CurrentDevice;
        *total = (nuint)device.MemoryBytes;
        *free = (nuint)(device.MemoryBytes - device.Memory.UsedBytes);
    });

    [UnmanagedCallersOnly]
    private static int HostAllocate(nint* address, nuint bytes, uint flags) => OnCurrent("cuMemHostAlloc", driver =>
    {
        if (driver._handles.Values.OfType<PinnedMemory>().Sum(memory => memory.Bytes) + (long)bytes > driver.PinnedBytesLimit)
        {
            throw new DriverError(driver.PinnedRefusal, $"{bytes} bytes cannot be pinned");
        }

        *address = (nint)NativeMemory.AlignedAlloc(bytes, 64);
        driver._handles.Add(*address, new PinnedMemory(*address, (long)bytes));
    }, refusedInCapture: true);

    [UnmanagedCallersOnly]
    private static int HostFree(nint address) => OnCurrent("cuMemFreeHost", driver =>
    {
        driver._devices.ForEach(driver.Drain);
        driver.Close<PinnedMemory>(address);
        NativeMemory.AlignedFree((void*)address);
    }, refusedInCapture: true);

    [UnmanagedCallersOnly]
    private static int CopyToDevice(ulong target, void* source, nuint bytes, nint stream) => OnCurrent("cuMemcpyHtoDAsync", driver =>
    {
        DeviceMemory memory = driver.CurrentDevice.Memory;
        memory.Range(target, (long)bytes, "a copy to the device");
        SimulatedStream chosen = driver.Of<SimulatedStream>(stream);
        if (driver.IsPinned(source, (long)bytes))
        {
            chosen.Submit(() => memory.Write(target, new ReadOnlySpan<byte>(source, (int)bytes)));
            return;
        }

        RequirePinned(chosen);
        byte[] staged = new ReadOnlySpan<byte>(source, (int)bytes).ToArray();
        chosen.Submit(() => memory.Write(target, staged));
    });

    [UnmanagedCallersOnly]
    private static int CopyToHost(void* target, ulong source, nuint bytes, nint stream) => OnCurrent("cuMemcpyDtoHAsync", driver =>
    {
        DeviceMemory memory = driver.CurrentDevice.Memory;
        memory.Range(source, (long)bytes, "a copy to the host");
        SimulatedStream chosen = driver.Of<SimulatedStream>(stream);
        bool isPinned = driver.IsPinned(target, (long)bytes);
        if (!isPinned)
        {
            RequirePinned(chosen);
        }

        chosen.Submit(() => memory.Read(source, new Span<byte>(target, (int)bytes)));
        if (!isPinned)
        {
            // The driver waits where the host's memory can be moved away.
            driver.Finish(chosen);
        }
    });

    [UnmanagedCallersOnly]
    private static int CopyOnDevice(ulong target, ulong source, nuint bytes, nint stream) => OnCurrent("cuMemcpyDtoDAsync", driver =>
    {
        DeviceMemory memory = driver.CurrentDevice.Memory;
        memory.Range(source, (long)bytes, "a copy's source");
        memory.Range(target, (long)bytes, "a copy's target");
        driver.Of<SimulatedStream>(stream).Submit(() => memory.Copy(source, target, (long)bytes));
    });

    [UnmanagedCallersOnly]
    private static int SetBytes(ulong target, byte value, nuint count, nint stream) => Set(target, [value], (long)count, stream);

    [UnmanagedCallersOnly]
    private static int SetShorts(ulong target, ushort value, nuint count, nint stream) => Set(target, BitConverter.GetBytes(value), (long)count, stream);

    [UnmanagedCallersOnly]
    private static int SetWords(ulong target, uint value, nuint count, nint stream) => Set(target, BitConverter.GetBytes(value), (long)count, stream);

    private static int Set(ulong target, byte[] pattern, long count, nint stream) => OnCurrent("cuMemset", driver =>
    {
        DeviceMemory memory = driver.CurrentDevice.Memory;
        memory.Range(target, pattern.Length * count, "a fill");
        if (target % (ulong)pattern.Length != 0)
        {
            throw new DriverError(ErrorCodes.InvalidValue, $"a fill by {pattern.Length} bytes at {target:x}");
        }

        driver.Of<SimulatedStream>(stream).Submit(() => memory.Fill(target, pattern, count));
    });

    private static void RequirePinned(SimulatedStream stream)
    {
        if (stream.Capture is { } capture)
        {
            capture.IsInvalid = true;
            throw new DriverError(ErrorCodes.CaptureUnsupported, "a copy from or to pageable memory of the host cannot be captured");
        }
    }

    private bool IsPinned(void* address, long bytes) => _handles.Values.OfType<PinnedMemory>()
        .Any(memory => (nint)address >= memory.Address && (nint)address + bytes <= memory.Address + memory.Bytes);

    private SimulatedDevice Device(int ordinal) => (uint)ordinal < (uint)_devices.Count ? _devices[ordinal]
        : throw new DriverError(ErrorCodes.InvalidDevice, $"there are {_devices.Count} devices");

    private sealed record PinnedMemory(nint Address, long Bytes);
}
