namespace Avion.Compute;

/// <summary>A GPU of NVIDIA's with compute capability 8.0 or later: kernels from embedded PTX, in order on one stream.</summary>
/// <remarks>
/// Calls return before the work is done. Reading results (<see cref="Device.Download(Tensor, Span{float})"/>) and
/// <see cref="Synchronize"/> wait for it. Any thread may use a device, one at a time.
/// </remarks>
public sealed unsafe partial class CudaDevice : Device
{
    private const int MarkCount = 4;

    private readonly CudaDriver _driver;
    private readonly int _device;
    private readonly nint _context;
    private readonly string _card;
    private readonly Dictionary<string, CudaModule> _modules = [];
    private readonly Dictionary<(CudaKernel Kernel, ElementType Type), CudaFunction> _functions = [];
    private readonly nint[] _events = new nint[MarkCount];
    private long _marks;

    /// <summary>Opens a device.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="ordinal">Its number among the driver's devices.</param>
    /// <param name="activationType">BFloat16, or Float32 for comparisons.</param>
    /// <exception cref="NotSupportedException">The device is older than compute capability 8.0.</exception>
    public CudaDevice(CudaDriver driver, int ordinal = 0, ElementType activationType = ElementType.BFloat16)
        : base(DeviceDescription.Cuda(activationType))
    {
        _driver = driver;
        _device = driver.Device(ordinal);
        if (ObstacleTo(driver, ordinal) is { } obstacle)
        {
            throw new NotSupportedException(obstacle);
        }

        int major = driver.Attribute(_device, CudaDeviceAttribute.ComputeCapabilityMajor);
        int minor = driver.Attribute(_device, CudaDeviceAttribute.ComputeCapabilityMinor);
        string name = driver.DeviceName(_device);
        ComputeCapability = (10 * major) + minor;
        MultiprocessorCount = driver.Attribute(_device, CudaDeviceAttribute.MultiprocessorCount);
        Tiles = CudaTileTable.Of(ComputeCapability);
        _card = $"{name}, compute capability {major}.{minor}";
        Name = $"cuda:{ordinal} ({_card})";
        _context = driver.RetainPrimaryContext(_device);
        driver.MakeCurrent(_context);
        Stream = driver.CreateStream();
        for (int i = 0; i < MarkCount; i++)
        {
            _events[i] = driver.CreateEvent();
        }

        Scratch = new ScratchMemory(this);
        _uploads = new UploadRing(this);
    }

    /// <summary>What keeps Avion from computing on a device, as sentences; null for nothing.</summary>
    internal static string? ObstacleTo(CudaDriver driver, int ordinal)
    {
        int device = driver.Device(ordinal), major = driver.Attribute(device, CudaDeviceAttribute.ComputeCapabilityMajor);
        return major >= GpuCard.OldestCapability.Major ? null
            : $"Device {ordinal}, {driver.DeviceName(device)}, has compute capability "
                + $"{major}.{driver.Attribute(device, CudaDeviceAttribute.ComputeCapabilityMinor)}; Avion needs {GpuCard.OldestCapability} or "
                + "later, for products of bfloat16. Run on another device or on the processor.";
    }

    /// <inheritdoc />
    public override string Name { get; }

    /// <inheritdoc />
    public override DeviceArithmetic Arithmetic =>
        new($"cuBLASLt {Products.Version}{(UsesTf32 && ActivationType == ElementType.Float32 ? " with TF32" : "")}", _card, ActivationType);

    /// <inheritdoc />
    public override long ScratchBytes => Scratch.PeakBytes;

    /// <summary>Whether each launch is waited for, so that a kernel that fails is named: for checks.</summary>
    internal bool WaitsForEachKernel { get; set; }

    /// <summary>Digits of the compute capability, such as 80.</summary>
    internal int ComputeCapability { get; }

    /// <summary>Shapes of blocks: by the table, and others while they are compared.</summary>
    internal CudaTiles Tiles { get; set; }

    /// <summary>Multiprocessors, each of which runs several blocks.</summary>
    internal int MultiprocessorCount { get; }

    /// <summary>The driver's handle of the stream that all work goes to.</summary>
    internal nint Stream { get; }

    /// <summary>What kernels write intermediate results to: used again in the order of the stream.</summary>
    internal ScratchMemory Scratch { get; }

    /// <summary>The driver, with this device's context on the calling thread.</summary>
    internal CudaDriver Driver
    {
        get
        {
            _driver.MakeCurrent(_context);
            return _driver;
        }
    }

    /// <inheritdoc />
    public override void Synchronize()
    {
        WaitWatched();
        Driver.Synchronize(Stream);
    }

    /// <inheritdoc />
    internal override void Settle()
    {
        if (!Driver.IsLost)
        {
            Synchronize();
        }
    }

    /// <summary>Sums up the calls that were made since it was set to 0, with their arguments: equal for equal calls.</summary>
    internal ulong WorkDigest { get; set; }

    /// <summary>Calls so far that other devices take part in.</summary>
    internal long ExchangeCount { get; set; }

    /// <summary>Takes a call into <see cref="WorkDigest"/>, as every call that gives work to the stream does.</summary>
    internal void NoteWork(params ReadOnlySpan<ulong> values)
    {
        foreach (ulong value in values)
        {
            WorkDigest = System.Numerics.BitOperations.RotateLeft(WorkDigest ^ value, 29) * 0x9E37_79B9_7F4A_7C15;
        }
    }

    /// <summary>Gives a kernel to the stream.</summary>
    /// <param name="kernel">Which.</param>
    /// <param name="type">Which variant.</param>
    /// <param name="grid">Blocks; nothing happens where there is none.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="arguments">Values of the parameters, in order.</param>
    /// <param name="sharedBytes">Dynamic shared memory.</param>
    internal void Launch(CudaKernel kernel, ElementType type, CudaGrid grid, int threads, ReadOnlySpan<CudaArgument> arguments,
        int sharedBytes = 0)
    {
        if (grid.X == 0 || grid.Y == 0 || grid.Z == 0)
        {
            return;
        }

        CudaDriver driver = Driver;
        CudaFunction function = Function(kernel, type);
        function.Check(arguments);
        if (sharedBytes > function.AllowedSharedBytes)
        {
            driver.SetAttribute(function.Handle, CudaFunctionAttribute.LargestDynamicSharedBytes, sharedBytes);
            function.AllowedSharedBytes = sharedBytes;
        }

        NoteWork(
            (ulong)function.Handle, ((ulong)(uint)grid.X << 32) | (uint)threads, ((ulong)(uint)grid.Y << 32) | (uint)grid.Z, (ulong)sharedBytes);
        ulong* values = stackalloc ulong[arguments.Length];
        void** parameters = stackalloc void*[arguments.Length];
        for (int i = 0; i < arguments.Length; i++)
        {
            values[i] = arguments[i].Bits;
            parameters[i] = values + i;
            NoteWork(values[i]);
        }

        driver.Launch(function.Handle, function.Name, grid, threads, sharedBytes, Stream, parameters);
        if (WaitsForEachKernel)
        {
            driver.SynchronizeBehind(function.Name, Stream);
        }
    }

    /// <summary>Blocks for work on single elements: as many as fill the device several times over, and no more than there is work for.</summary>
    internal CudaGrid ElementGrid(long count, int threads, int elementsPerThread)
    {
        return new CudaGrid(Math.Min(CudaGrid.BlocksOver(count, threads * elementsPerThread), MultiprocessorCount * Tiles.ElementBlocks));
    }

    /// <inheritdoc />
    internal override long Mark()
    {
        Driver.RecordEvent(_events[_marks % MarkCount], Stream);
        return _marks++;
    }

    /// <inheritdoc />
    internal override void WaitFor(long mark)
    {
        // An event that has been recorded anew stands for later work, and so for this too.
        if (mark < _marks)
        {
            if (Watch is not null)
            {
                WaitWatched(_events[mark % MarkCount]);
            }

            Driver.SynchronizeEvent(_events[mark % MarkCount]);
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        Settle();
        Scratch.Dispose();
        _products?.Dispose();
        _uploads.Dispose();
        foreach (CudaModule module in _modules.Values)
        {
            module.Dispose();
        }

        foreach (nint signal in _events)
        {
            Driver.DestroyEvent(signal);
        }

        Driver.DestroyStream(Stream);
        Driver.ReleasePrimaryContext(_device);
        base.Dispose();
    }

    private CudaFunction Function(CudaKernel kernel, ElementType type)
    {
        if (!_functions.TryGetValue((kernel, type), out CudaFunction? function))
        {
            if (!_modules.TryGetValue(kernel.Source, out CudaModule? module))
            {
                _modules.Add(kernel.Source, module = new CudaModule(_driver, kernel.Source));
            }

            _functions.Add((kernel, type), function = module.Function(kernel.VariantName(type)));
        }

        return function;
    }
}
