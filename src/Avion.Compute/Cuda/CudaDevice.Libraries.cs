namespace Avion.Compute;

/// <content>NVIDIA's libraries.</content>
public sealed unsafe partial class CudaDevice
{
    private MatrixProducts? _products;

    /// <summary>Whether products of float32 may round their factors to TF32, which keeps 11 bits and is several times faster.</summary>
    public bool UsesTf32 { get; init; }

    /// <summary>Matrix products; opened when first used.</summary>
    /// <exception cref="DllNotFoundException">cuBLASLt is not there; the message says what to do.</exception>
    internal MatrixProducts Products => _products ??= new MatrixProducts(this, new CublasLt(_driver.Libraries.Open(CudaLibrary.CublasLtFor(_driver.Version))));

    /// <summary>The card's sensors; null where they cannot be read.</summary>
    public GpuSensors? OpenSensors() => GpuSensors.TryOpen(_driver, _driver.BusId(_device), out GpuSensors? sensors, out _) ? sensors : null;
}
