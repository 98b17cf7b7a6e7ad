namespace Avion.CudaSimulator;

/// <summary>cuBLASLt without a GPU: its functions by name, for products in stream order on simulated memory.</summary>
/// <remarks>
/// Strict where the library is: types that go together, shapes that fit, dimensions of a matrix that hold it, an algorithm chosen for these
/// very descriptors, addresses as aligned as was promised when it was chosen, a workspace as large as it needs. Beyond that it finds reads
/// of memory that nobody wrote, results that overlap a factor, and workspaces in use by two (it writes over them).
/// </remarks>
internal static unsafe class SimulatedCublasLt
{
    private const int NotInitialized = 1, InvalidValue = 7, ExecutionFailed = 13, NotSupported = 15;
    private const int Version = 120804;

    public static IReadOnlyDictionary<string, nint> Exports { get; } = new Dictionary<string, nint>
    {
        ["cublasLtCreate"] = (nint)(delegate* unmanaged<nint*, int>)&Create,
        ["cublasLtDestroy"] = (nint)(delegate* unmanaged<nint, int>)&Destroy,
        ["cublasLtGetVersion"] = (nint)(delegate* unmanaged<nuint>)&GetVersion,
        ["cublasLtGetStatusString"] = (nint)(delegate* unmanaged<int, nint>)&GetStatusString,
        ["cublasLtMatmulDescCreate"] = (nint)(delegate* unmanaged<nint*, int, int, int>)&ProductCreate,
        ["cublasLtMatmulDescSetAttribute"] = (nint)(delegate* unmanaged<nint, int, void*, nuint, int>)&ProductSet,
        ["cublasLtMatmulDescDestroy"] = (nint)(delegate* unmanaged<nint, int>)&ProductDestroy,
        ["cublasLtMatrixLayoutCreate"] = (nint)(delegate* unmanaged<nint*, int, ulong, ulong, long, int>)&LayoutCreate,
        ["cublasLtMatrixLayoutDestroy"] = (nint)(delegate* unmanaged<nint, int>)&LayoutDestroy,
        ["cublasLtMatmulPreferenceCreate"] = (nint)(delegate* unmanaged<nint*, int>)&PreferenceCreate,
        ["cublasLtMatmulPreferenceSetAttribute"] = (nint)(delegate* unmanaged<nint, int, void*, nuint, int>)&PreferenceSet,
        ["cublasLtMatmulPreferenceDestroy"] = (nint)(delegate* unmanaged<nint, int>)&PreferenceDestroy,
        ["cublasLtMatmulAlgoGetHeuristic"] =
            (nint)(delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, int, MatrixChoice*, int*, int>)&Choose,
        ["cublasLtMatmul"] = (nint)(delegate* unmanaged<nint, nint, float*, ulong, nint, ulong, nint, float*, ulong, nint, ulong, nint,
            MatrixAlgorithm*, ulong, nuint, nint, int>)&Multiply,
    };

    [UnmanagedCallersOnly]
    private static nuint GetVersion() => Version;

    [UnmanagedCallersOnly]
    private static nint GetStatusString(int status) => SimulatedDriver.Text(SimulatedDriver.LastTextOfCurrent.TrimEnd('.'));

    [UnmanagedCallersOnly]
    private static int Create(nint* handle) => Call("cublasLtCreate", driver => *handle = driver.Open(new Handle(driver.CurrentDevice)));

    [UnmanagedCallersOnly]
    private static int Destroy(nint handle) => Call("cublasLtDestroy", driver => driver.Close<Handle>(handle));

    [UnmanagedCallersOnly]
    private static int ProductCreate(nint* product, int computeType, int scaleType) =>
        Call("cublasLtMatmulDescCreate", driver => *product = driver.Open(new MatrixProductDescription(computeType, scaleType)), ofHost: true);

    [UnmanagedCallersOnly]
    private static int ProductSet(nint product, int attribute, void* value, nuint bytes) => Call("cublasLtMatmulDescSetAttribute", driver =>
    {
        MatrixProductDescription chosen = driver.Of<MatrixProductDescription>(product);
        switch (attribute, (int)bytes)
        {
            case (3, sizeof(int)): chosen.IsATransposed = IsTransposed(*(int*)value); break;
            case (4, sizeof(int)): chosen.IsBTransposed = IsTransposed(*(int*)value); break;
            case (7, sizeof(int)): chosen.Epilogue = *(int*)value; break;
            case (8, sizeof(ulong)): chosen.BiasAddress = *(ulong*)value; break;
            default: throw Refused(InvalidValue, $"attribute {attribute} of {bytes} bytes is not simulated");
        }
    });

    [UnmanagedCallersOnly]
    private static int ProductDestroy(nint product) => Call("cublasLtMatmulDescDestroy", driver => driver.Close<MatrixProductDescription>(product), ofHost: true);

    [UnmanagedCallersOnly]
    private static int LayoutCreate(nint* layout, int type, ulong rows, ulong columns, long leadingDimension) =>
        Call("cublasLtMatrixLayoutCreate", driver => *layout = driver.Open(new MatrixLayout(type, (long)rows, (long)columns, leadingDimension)), ofHost: true);

    [UnmanagedCallersOnly]
    private static int LayoutDestroy(nint layout) => Call("cublasLtMatrixLayoutDestroy", driver => driver.Close<MatrixLayout>(layout), ofHost: true);

    [UnmanagedCallersOnly]
    private static int PreferenceCreate(nint* preference) =>
        Call("cublasLtMatmulPreferenceCreate", driver => *preference = driver.Open(new MatrixPreference()), ofHost: true);

    [UnmanagedCallersOnly]
    private static int PreferenceSet(nint preference, int attribute, void* value, nuint bytes) =>
        Call("cublasLtMatmulPreferenceSetAttribute", driver =>
        {
            MatrixPreference chosen = driver.Of<MatrixPreference>(preference);
            switch (attribute, (int)bytes)
            {
                case (1, sizeof(ulong)): chosen.WorkspaceBytes = *(ulong*)value; break;
                case (3, sizeof(uint)): break;
                case (>= 5 and <= 8, sizeof(uint)): chosen.Alignments[attribute - 5] = *(uint*)value; break;
                default: throw Refused(InvalidValue, $"attribute {attribute} of {bytes} bytes is not simulated");
            }
        });

    [UnmanagedCallersOnly]
    private static int PreferenceDestroy(nint preference) =>
        Call("cublasLtMatmulPreferenceDestroy", driver => driver.Close<MatrixPreference>(preference), ofHost: true);

    [UnmanagedCallersOnly]
    private static int Choose(nint handle, nint product, nint a, nint b, nint c, nint d, nint preference, int wanted, MatrixChoice* choices, int* count) =>
        Call("cublasLtMatmulAlgoGetHeuristic", driver =>
        {
            *count = 0;
            driver.Of<Handle>(handle);
            MatrixProductCall call = Describe(driver, product, a, b, c, d);
            call.Check(Refused);
            if (wanted < 1)
            {
                throw Refused(InvalidValue, $"{wanted} algorithms were asked for");
            }

            choices[0] = new MatrixChoice(MatrixAlgorithm.For(call, driver.Of<MatrixPreference>(preference)));
            *count = 1;
        });

    [UnmanagedCallersOnly]
    private static int Multiply(nint handle, nint product, float* alpha, ulong a, nint aLayout, ulong b, nint bLayout, float* beta, ulong c,
        nint cLayout, ulong d, nint dLayout, MatrixAlgorithm* algorithm, ulong workspace, nuint workspaceBytes, nint stream) =>
        Call("cublasLtMatmul", driver =>
        {
            if (driver.Of<Handle>(handle).Device != driver.CurrentDevice)
            {
                throw Refused(InvalidValue, "the handle was made on another device");
            }

            MatrixProductCall call = Describe(driver, product, aLayout, bLayout, cLayout, dLayout) with
            {
                A = a, B = b, C = c, D = d, Alpha = *alpha, Beta = *beta, Workspace = workspace,
            };
            call.Check(Refused);
            if (algorithm == null)
            {
                throw Refused(InvalidValue, "no algorithm is given, so that one is chosen in each call");
            }

            call = algorithm->Apply(call, workspaceBytes, Refused);
            DeviceMemory memory = driver.CurrentDevice.Memory;
            call.CheckMemory(memory, Refused);
            driver.Of<SimulatedStream>(stream).Submit(() => call.Run(memory));
        });

    private static MatrixProductCall Describe(SimulatedDriver driver, nint product, nint a, nint b, nint c, nint d)
    {
        MatrixProductDescription description = driver.Of<MatrixProductDescription>(product);
        return new MatrixProductCall(description.Copy(), driver.Of<MatrixLayout>(a), driver.Of<MatrixLayout>(b), driver.Of<MatrixLayout>(c),
            driver.Of<MatrixLayout>(d));
    }

    private static bool IsTransposed(int operation) => operation is 0 or 1 ? operation == 1
        : throw Refused(InvalidValue, $"operation {operation} is not simulated");

    private static DriverError Refused(int status, string text) => new(status, text);

    /// <summary>Runs a call on the open driver, and gives the library's number for the driver's.</summary>
    private static int Call(string function, Action<SimulatedDriver> body, bool ofHost = false)
    {
        int result = SimulatedDriver.OnCurrent(function, driver =>
        {
            try
            {
                body(driver);
            }
            catch (SimulationException failure) when (failure.Kernel is null)
            {
                throw new DriverError(InvalidValue, failure.Message);
            }
        }, ofHost: ofHost);
        return result switch
        {
            <= NotSupported => result,
            ErrorCodes.InvalidContext => NotInitialized,
            ErrorCodes.InvalidHandle => InvalidValue,
            _ => ExecutionFailed,
        };
    }

    private sealed record Handle(SimulatedDevice Device);
}
