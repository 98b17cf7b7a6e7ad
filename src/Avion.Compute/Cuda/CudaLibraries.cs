using System.Diagnostics.CodeAnalysis;

namespace Avion.Compute;

/// <summary>The libraries that computing on NVIDIA's GPUs needs, as tables of functions: the driver, and what products and several GPUs
/// take beside it.</summary>
/// <remarks>Those of the machine are opened once, when they are first asked for. Whoever opens devices by <see cref="Open"/> computes the
/// same way on a simulator, which tests put in their place.</remarks>
public sealed class CudaLibraries
{
    private static readonly Lazy<(CudaLibraries? Libraries, string Missing)> s_installed = new(LoadInstalled);
    private static (CudaLibraries? Libraries, string Missing)? s_replacement;

    /// <summary>Wraps tables that are filled.</summary>
    public CudaLibraries(CudaDriver driver) => Driver = driver;

    /// <summary>The driver.</summary>
    public CudaDriver Driver { get; }

    /// <summary>How many GPUs there are.</summary>
    public int DeviceCount => Driver.DeviceCount;

    /// <summary>All memory of a GPU.</summary>
    /// <param name="ordinal">Its number among the driver's devices.</param>
    public long MemoryBytes(int ordinal) => Driver.MemoryBytes(Driver.Device(ordinal));

    /// <summary>What keeps Avion from computing on a GPU, as sentences; null for nothing.</summary>
    /// <param name="ordinal">Its number among the driver's devices.</param>
    public string? ObstacleTo(int ordinal) => CudaDevice.ObstacleTo(Driver, ordinal);

    /// <summary>Finds what this machine has.</summary>
    /// <param name="libraries">The tables, where nothing is missing.</param>
    /// <param name="missing">What is missing otherwise, as a sentence.</param>
    public static bool TryFind([NotNullWhen(true)] out CudaLibraries? libraries, out string missing)
    {
        (libraries, missing) = s_replacement ?? s_installed.Value;
        return libraries is not null;
    }

    /// <summary>Opens a GPU.</summary>
    /// <param name="ordinal">Its number among the driver's devices.</param>
    /// <param name="activationType">BFloat16, or Float32 for comparisons.</param>
    /// <param name="usesTf32">Whether products of float32 may round their factors to TF32.</param>
    /// <exception cref="NotSupportedException">The GPU is older than compute capability 8.0.</exception>
    public CudaDevice Open(int ordinal, ElementType activationType, bool usesTf32 = false) =>
        new(Driver, ordinal, activationType) { UsesTf32 = usesTf32 };

    /// <summary>Puts others in the place of the machine's, until the result is disposed; for tests, one at a time.</summary>
    /// <param name="libraries">The others; null for none.</param>
    /// <param name="missing">What is then missing.</param>
    internal static IDisposable Replace(CudaLibraries? libraries, string missing = "")
    {
        s_replacement = (libraries, missing);
        return new Replacement();
    }

    private static (CudaLibraries? Libraries, string Missing) LoadInstalled()
    {
        if (!CudaDriver.TryLoad(out CudaDriver? driver, out string missing))
        {
            return (null, missing);
        }

        CudaLibraryState products = CudaLibraryState.Examine(driver!, CudaLibrary.CublasLtFor(driver!.Version));
        return products.IsUsable ? (new CudaLibraries(driver), "") : (null, products.Detail);
    }

    private sealed class Replacement : IDisposable
    {
        public void Dispose() => s_replacement = null;
    }
}
