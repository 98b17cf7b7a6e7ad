[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Avion.CudaSimulator.Tests;

/// <summary>A simulated driver and Avion's table of its functions.</summary>
internal sealed class SimulatedGpu : IDisposable
{
    public SimulatedGpu(SimulatedDevice? device = null)
    {
        Simulated = new SimulatedDriver(device ?? new SimulatedDevice());
        Driver = new CudaDriver(SimulatedDriver.Find);
    }

    public SimulatedDriver Simulated { get; }

    public CudaDriver Driver { get; }

    /// <summary>Makes the first device's context current.</summary>
    public CudaDriver Current()
    {
        Driver.MakeCurrent(Driver.RetainPrimaryContext(Driver.Device(0)));
        return Driver;
    }

    public void Dispose() => Simulated.Dispose();
}
