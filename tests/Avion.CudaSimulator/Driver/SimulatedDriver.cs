namespace Avion.CudaSimulator;

/// <summary>A CUDA driver without a GPU: gives the addresses of its functions by name, as a library does.</summary>
/// <remarks>
/// Work on a stream is done as late as the rules allow: when somebody waits for it. So what another stream needs without having waited for
/// its event is not there yet, and pinned memory that is used again too early has other numbers in it. A kernel that fails leaves an error
/// that all later calls return, as on a device; its text is the simulator's. One driver is open at a time.
/// </remarks>
public sealed partial class SimulatedDriver : IDisposable
{
    private static readonly Dictionary<string, PtxModule> s_modules = [];
    private static readonly TimeSpan s_wait = TimeSpan.FromMilliseconds(20);
    private static SimulatedDriver? s_current;

    [ThreadStatic]
    private static nint t_context;

    // What a call failed of is asked for by the thread that made it.
    [ThreadStatic]
    private static string? t_lastText;

    // About 40 seconds: no test works that long for a rank.
    private const int MostWaits = 2000;

    private readonly Dictionary<nint, object> _handles = [];
    private readonly List<SimulatedDevice> _devices = [];
    private readonly Dictionary<string, KernelStatistics> _statistics = [];
    private readonly Dictionary<string, int> _calls = [];
    private nint _nextHandle = 0x1000;
    private (int Code, string Text)? _sticky;

    /// <summary>Opens a driver with devices.</summary>
    public SimulatedDriver(params ReadOnlySpan<SimulatedDevice> devices)
    {
        if (Interlocked.CompareExchange(ref s_current, this, null) is not null)
        {
            throw new InvalidOperationException("Another simulated driver is open; they cannot be told apart by the functions' callers.");
        }

        foreach (SimulatedDevice device in devices)
        {
            device.Memory = new DeviceMemory(_devices.Count);
            device.BusId = $"0000:{_devices.Count + 1:X2}:00.0";
            _devices.Add(device);
        }
    }

    /// <summary>The devices.</summary>
    public IReadOnlyList<SimulatedDevice> Devices => _devices;

    /// <summary>What the last launch of each kernel did.</summary>
    public IReadOnlyDictionary<string, KernelStatistics> Statistics => _statistics;

    /// <summary>What the last call that failed said; libraries give numbers alone.</summary>
    public string LastError => t_lastText ?? "";

    /// <summary>How often each function was called.</summary>
    public IReadOnlyDictionary<string, int> Calls => _calls;

    /// <summary>Handles that were not given back: streams, events, modules, graphs.</summary>
    public int OpenHandles => _handles.Values.Count(value => value is not (SimulatedContext or KernelHandle));

    /// <summary>Most memory of the host that can be pinned at once.</summary>
    public long PinnedBytesLimit { get; set; } = long.MaxValue;

    /// <summary>What is answered beyond <see cref="PinnedBytesLimit"/>: 2 where memory is out, 304 where the system refuses, 801 where nothing can be pinned.</summary>
    public int PinnedRefusal { get; set; } = ErrorCodes.OutOfMemory;

    /// <summary>What NCCL says of its communicators when it is asked: 0 while all is well, 6 after a device or a connection was lost.</summary>
    public int NcclState { get; set; }

    /// <summary>Whether launches count memory sectors and bank conflicts.</summary>
    public bool CollectsStatistics { get; set; } = true;

    /// <summary>The address of a function; 0 where there is none of that name.</summary>
    public static nint Find(string function) =>
        Exports.TryGetValue(function, out nint address) || SimulatedCublasLt.Exports.TryGetValue(function, out address)
            || SimulatedNccl.Exports.TryGetValue(function, out address) || SimulatedNvml.Exports.TryGetValue(function, out address) ? address : 0;

    /// <summary>Goes on after a kernel failed, as a new process would; for tests that look at what was left open.</summary>
    public void ForgetFailure() => _sticky = null;

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (SimulatedDevice device in _devices)
        {
            device.Memory.Dispose();
        }

        s_current = null;
    }

    internal static IReadOnlyList<SimulatedDevice> DevicesOfCurrent => s_current?._devices ?? [];

    internal static string LastTextOfCurrent => t_lastText ?? "nothing failed";

    /// <param name="ofHost">Whether the function leaves the device alone, so that it works after a kernel failed.</param>
    internal static int OnCurrent(string function, Action<SimulatedDriver> body, bool refusedInCapture = false, bool ofHost = false) =>
        s_current is { } driver ? driver.Run(function, body, refusedInCapture, ofHost) : ErrorCodes.NotInitialized;

    internal nint Open(object value)
    {
        nint handle = _nextHandle;
        _nextHandle += 0x10;
        _handles.Add(handle, value);
        return handle;
    }

    internal T Of<T>(nint handle) where T : class => _handles.TryGetValue(handle, out object? value) && value is T found ? found
        : throw new DriverError(ErrorCodes.InvalidHandle, $"{handle:x} is no open {typeof(T).Name}");

    internal void Close<T>(nint handle) where T : class
    {
        Of<T>(handle);
        _handles.Remove(handle);
    }

    /// <summary>Does all work of a device that streams have been given.</summary>
    internal void Drain(SimulatedDevice device)
    {
        foreach (SimulatedStream stream in _handles.Values.OfType<SimulatedStream>().Where(stream => stream.Device == device).ToArray())
        {
            Finish(stream);
        }
    }

    /// <summary>Does all work that a stream has been given.</summary>
    internal void Finish(SimulatedStream stream) => WaitUntil(() =>
    {
        while (!stream.IsIdle)
        {
            stream.RunOne();
        }
    });

    /// <summary>Does something again until it can be done, letting other threads in meanwhile.</summary>
    internal void WaitUntil(Action work)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                work();
                return;
            }
            catch (NotReadyException) when (i < MostWaits)
            {
                Monitor.Wait(_handles, s_wait);
                if (_sticky is { } sticky)
                {
                    throw new DriverError(sticky.Code, sticky.Text);
                }
            }
            catch (NotReadyException)
            {
                throw new SimulationException(FailureKind.EndlessLoop, "A device waits for another that never comes.") { Kernel = "a collective" };
            }
        }
    }

    internal SimulatedDevice CurrentDevice => _handles.TryGetValue(t_context, out object? context) && context is SimulatedContext { Device: { } device }
        ? device : throw new DriverError(ErrorCodes.InvalidContext, "no context is current on this thread");

    private int Run(string function, Action<SimulatedDriver> body, bool refusedInCapture, bool ofHost)
    {
        lock (_handles)
        {
            _calls[function] = _calls.GetValueOrDefault(function) + 1;
            if (_sticky is { } sticky && !ofHost)
            {
                t_lastText = sticky.Text;
                return sticky.Code;
            }

            try
            {
                if (refusedInCapture && _handles.Values.OfType<SimulatedStream>().FirstOrDefault(stream => stream.Capture is { Refuses: true }) is { } captured)
                {
                    captured.Capture!.IsInvalid = true;
                    throw new DriverError(ErrorCodes.CaptureUnsupported, $"{function} is not allowed while a stream is captured");
                }

                body(this);
                return ErrorCodes.Success;
            }
            catch (DriverError error)
            {
                t_lastText = error.Message;
                return error.Code;
            }
            catch (SimulationException failure)
            {
                t_lastText = failure.Message;
                int code = failure.Kind switch
                {
                    FailureKind.InvalidLaunch => ErrorCodes.InvalidValue,
                    FailureKind.OutOfBounds or FailureKind.NotDeviceMemory or FailureKind.FreedMemory => ErrorCodes.IllegalAddress,
                    FailureKind.Unaligned => ErrorCodes.MisalignedAddress,
                    FailureKind.InvalidPtx or FailureKind.UnknownInstruction or FailureKind.OperandWidth => ErrorCodes.InvalidPtx,
                    _ => ErrorCodes.LaunchFailed,
                };
                _sticky = failure.Kernel is not null && code != ErrorCodes.InvalidValue ? (code, failure.Message) : null;
                return code;
            }
            finally
            {
                // Whoever waits for another device looks whether it has come.
                Monitor.PulseAll(_handles);
            }
        }
    }
}

/// <summary>A device of a <see cref="SimulatedDriver"/>.</summary>
/// <param name="ComputeCapability">Digits of its compute capability, such as 80.</param>
/// <param name="MemoryBytes">Memory that there is.</param>
public sealed record SimulatedDevice(int ComputeCapability = 80, long MemoryBytes = 4L << 30)
{
    internal const int ClockKilohertz = 1_000_000;

    /// <summary>Multiprocessors: few, so that kernels that divide work among blocks do it here too.</summary>
    public int MultiprocessorCount { get; init; } = 2;

    /// <summary>Its place on the bus.</summary>
    public string BusId { get; internal set; } = "";

    /// <summary>Its memory.</summary>
    public DeviceMemory Memory { get; internal set; } = null!;
}

/// <summary>A call that the driver refuses.</summary>
internal sealed class DriverError(int code, string text) : Exception(text)
{
    public int Code => code;
}

internal sealed record SimulatedContext(SimulatedDevice Device);

internal sealed record KernelHandle(KernelProgram Program)
{
    public int AllowedDynamicBytes { get; set; }
}

/// <summary>The driver's results (CUresult).</summary>
internal static class ErrorCodes
{
    public const int Success = 0, InvalidValue = 1, OutOfMemory = 2, NotInitialized = 3, InvalidDevice = 101, InvalidContext = 201, InvalidPtx = 218,
        InvalidHandle = 400, NotFound = 500, NotReady = 600, IllegalAddress = 700, MisalignedAddress = 716, LaunchFailed = 719,
        CaptureUnsupported = 900, CaptureInvalidated = 901, CaptureUnmatched = 903, CaptureUnjoined = 904, CaptureIsolation = 905,
        CapturedEvent = 907;

    public static string Name(int code) => code switch
    {
        InvalidValue => "CUDA_ERROR_INVALID_VALUE", OutOfMemory => "CUDA_ERROR_OUT_OF_MEMORY", NotInitialized => "CUDA_ERROR_NOT_INITIALIZED",
        InvalidDevice => "CUDA_ERROR_INVALID_DEVICE", InvalidContext => "CUDA_ERROR_INVALID_CONTEXT", InvalidPtx => "CUDA_ERROR_INVALID_PTX",
        InvalidHandle => "CUDA_ERROR_INVALID_HANDLE", NotFound => "CUDA_ERROR_NOT_FOUND", NotReady => "CUDA_ERROR_NOT_READY",
        IllegalAddress => "CUDA_ERROR_ILLEGAL_ADDRESS", MisalignedAddress => "CUDA_ERROR_MISALIGNED_ADDRESS", LaunchFailed => "CUDA_ERROR_LAUNCH_FAILED",
        CaptureUnsupported => "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", CaptureInvalidated => "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
        CaptureUnmatched => "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", CaptureUnjoined => "CUDA_ERROR_STREAM_CAPTURE_UNJOINED",
        CaptureIsolation => "CUDA_ERROR_STREAM_CAPTURE_ISOLATION", CapturedEvent => "CUDA_ERROR_CAPTURED_EVENT", _ => "CUDA_ERROR_UNKNOWN",
    };
}
