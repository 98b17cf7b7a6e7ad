using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>The functions of the CUDA driver that Avion calls: a table of addresses, filled once.</summary>
/// <remarks>
/// Filled from libcuda.so.1 where a driver is installed (<see cref="TryLoad(out CudaDriver?, out string)"/>), and by tests from a simulator,
/// so that every call is made in the same way on a machine without a GPU. Handles are pointers, device addresses 64-bit numbers. A call
/// that succeeds allocates nothing; one that fails is a <see cref="CudaException"/> with the driver's name and text of the error.
/// Source: CUDA Driver API reference; the functions named are the same from CUDA 11.4 to 13.
/// </remarks>
public sealed unsafe partial class CudaDriver
{
    [ThreadStatic]
    private static (CudaDriver? Driver, nint Context) t_current;

    private readonly Func<string, nint> _find;
    private CudaException? _loss;

    /// <summary>Fills the table and starts the driver.</summary>
    /// <param name="find">Gives the address of a function by its exported name, or 0 where there is none.</param>
    /// <exception cref="EntryPointNotFoundException">A function is missing: the driver is too old.</exception>
    /// <exception cref="CudaException">The driver does not start, such as where there is no device.</exception>
    public CudaDriver(Func<string, nint> find)
        : this(find, new CudaLibrarySearch(find))
    {
    }

    private CudaDriver(Func<string, nint> find, CudaLibrarySearch libraries)
    {
        (_find, Libraries) = (find, libraries);
        _getErrorName = (delegate* unmanaged<int, nint*, int>)Find("cuGetErrorName");
        _getErrorString = (delegate* unmanaged<int, nint*, int>)Find("cuGetErrorString");
        _deviceGetCount = (delegate* unmanaged<int*, int>)Find("cuDeviceGetCount");
        _deviceGet = (delegate* unmanaged<int*, int, int>)Find("cuDeviceGet");
        _deviceGetName = (delegate* unmanaged<byte*, int, int, int>)Find("cuDeviceGetName");
        _deviceTotalMemory = (delegate* unmanaged<nuint*, int, int>)Find("cuDeviceTotalMem_v2");
        _deviceGetAttribute = (delegate* unmanaged<int*, int, int, int>)Find("cuDeviceGetAttribute");
        _primaryContextRetain = (delegate* unmanaged<nint*, int, int>)Find("cuDevicePrimaryCtxRetain");
        _primaryContextRelease = (delegate* unmanaged<int, int>)Find("cuDevicePrimaryCtxRelease_v2");
        _contextSetCurrent = (delegate* unmanaged<nint, int>)Find("cuCtxSetCurrent");
        FillMemory();
        FillKernels();
        FillStreams();
        FillGraphs();
        Check(((delegate* unmanaged<uint, int>)Find("cuInit"))(0), "cuInit");
    }

    private readonly delegate* unmanaged<int, nint*, int> _getErrorName, _getErrorString;
    private readonly delegate* unmanaged<int*, int> _deviceGetCount;
    private readonly delegate* unmanaged<int*, int, int> _deviceGet;
    private readonly delegate* unmanaged<byte*, int, int, int> _deviceGetName;
    private readonly delegate* unmanaged<int*, int, int, int> _deviceGetAttribute;
    private readonly delegate* unmanaged<nuint*, int, int> _deviceTotalMemory;
    private readonly delegate* unmanaged<nint*, int, int> _primaryContextRetain;
    private readonly delegate* unmanaged<int, int> _primaryContextRelease;
    private readonly delegate* unmanaged<nint, int> _contextSetCurrent;

    /// <summary>Whether a kernel failed, after which the driver does nothing more for this process.</summary>
    internal bool IsLost => _loss is not null;

    /// <summary>Where the other libraries come from.</summary>
    public CudaLibrarySearch Libraries { get; }

    /// <summary>Number of devices.</summary>
    public int DeviceCount
    {
        get
        {
            int count;
            Check(_deviceGetCount(&count), "cuDeviceGetCount");
            return count;
        }
    }

    /// <summary>Opens the installed driver.</summary>
    /// <param name="driver">The driver, where there is one with a device.</param>
    /// <param name="missing">What is missing where there is none, as a sentence.</param>
    public static bool TryLoad(out CudaDriver? driver, out string missing) =>
        TryLoad(CudaLibrarySearch.Installed, CudaLibrary.Driver, out driver, out missing);

    /// <summary>Opens a driver by names of its library.</summary>
    internal static bool TryLoad(CudaLibrarySearch libraries, CudaLibrary library, out CudaDriver? driver, out string missing)
    {
        driver = null;
        if (!libraries.TryOpen(library, out CudaFunctions? functions, out missing))
        {
            return false;
        }

        try
        {
            driver = new CudaDriver(functions!.Find, libraries);
            missing = driver.DeviceCount == 0 ? $"The CUDA driver ({functions.Source}) finds no device." : "";
        }
        catch (Exception exception) when (exception is CudaException or EntryPointNotFoundException)
        {
            missing = $"The CUDA driver ({functions!.Source}) does not start: {exception.Message}";
        }

        return missing.Length == 0;
    }

    /// <summary>The driver's handle of a device.</summary>
    internal int Device(int ordinal)
    {
        int device;
        Check(_deviceGet(&device, ordinal), "cuDeviceGet");
        return device;
    }

    internal string DeviceName(int device)
    {
        const int Longest = 256;
        byte* name = stackalloc byte[Longest];
        Check(_deviceGetName(name, Longest, device), "cuDeviceGetName");
        return Marshal.PtrToStringUTF8((nint)name) ?? "";
    }

    internal int Attribute(int device, CudaDeviceAttribute attribute)
    {
        int value;
        Check(_deviceGetAttribute(&value, (int)attribute, device), "cuDeviceGetAttribute");
        return value;
    }

    /// <summary>All memory of a device.</summary>
    internal long MemoryBytes(int device)
    {
        nuint bytes;
        Check(_deviceTotalMemory(&bytes, device), "cuDeviceTotalMem");
        return (long)bytes;
    }

    internal nint RetainPrimaryContext(int device)
    {
        nint context;
        Check(_primaryContextRetain(&context, device), "cuDevicePrimaryCtxRetain");
        return context;
    }

    internal void ReleasePrimaryContext(int device)
    {
        // The last release ends the context, which may not be taken for current after that.
        t_current = default;
        CheckRelease(_primaryContextRelease(device), "cuDevicePrimaryCtxRelease");
    }

    /// <summary>Makes a context that of the calling thread, unless it is so already.</summary>
    internal void MakeCurrent(nint context)
    {
        if (t_current != (this, context))
        {
            Check(_contextSetCurrent(context), "cuCtxSetCurrent");
            t_current = (this, context);
        }
    }

    private nint Find(string function) => _find(function) is var address && address != 0 ? address
        : throw new EntryPointNotFoundException(
            $"The CUDA driver has no function {function}: it is older than CUDA 11.4. Update NVIDIA's driver.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Check(int result, string call)
    {
        if (result != CudaCodes.Success)
        {
            Throw(result, call);
        }
    }

    private void Throw(int result, string call)
    {
        nint name = 0, text = 0;
        _ = _getErrorName(result, &name);
        _ = _getErrorString(result, &text);
        CudaException failure = new(
            call, result, Marshal.PtrToStringUTF8(name) ?? "unknown error", Marshal.PtrToStringUTF8(text) ?? "no description");

        // After a kernel has failed all calls do: the first one is nearest to the cause, and the one to tell.
        throw failure.LosesDevice ? Interlocked.CompareExchange(ref _loss, failure, null) ?? failure : failure;
    }

    /// <summary>For what gives something back: nothing is left to give back to a device that is lost.</summary>
    private void CheckRelease(int result, string call)
    {
        if (!IsLost)
        {
            Check(result, call);
        }
    }
}

/// <summary>What can be asked of a device (CUdevice_attribute).</summary>
internal enum CudaDeviceAttribute
{
    /// <summary>Highest clock of the multiprocessors, in kHz.</summary>
    ClockKilohertz = 13,

    /// <summary>Number of multiprocessors.</summary>
    MultiprocessorCount = 16,

    /// <summary>First digit of the compute capability.</summary>
    ComputeCapabilityMajor = 75,

    /// <summary>Second digit.</summary>
    ComputeCapabilityMinor = 76,

    /// <summary>Most shared memory that a block can ask for.</summary>
    LargestSharedBytes = 97,
}
