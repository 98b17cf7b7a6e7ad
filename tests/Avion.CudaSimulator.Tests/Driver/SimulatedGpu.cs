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

    /// <summary>Kernels that the tests of this program have run so far.</summary>
    public static HashSet<string> KernelsRun { get; } = [];

    public void Dispose()
    {
        KernelsRun.UnionWith(Simulated.Statistics.Keys);
        Simulated.Dispose();
    }
}
