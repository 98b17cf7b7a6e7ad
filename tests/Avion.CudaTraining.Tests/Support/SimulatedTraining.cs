namespace Avion.CudaTraining.Tests;

/// <summary>GPUs without hardware in the place of this machine's, so that runs and commands open them as they open real ones.</summary>
internal sealed class SimulatedTraining : IDisposable
{
    private readonly IDisposable _replacement;

    /// <summary>Puts them in place.</summary>
    /// <param name="count">How many.</param>
    public SimulatedTraining(int count = 1)
    {
        Simulated = new SimulatedDriver([.. Enumerable.Range(0, count).Select(_ => new SimulatedDevice())]) { CollectsStatistics = false };
        Libraries = new CudaLibraries(new CudaDriver(SimulatedDriver.Find));
        _replacement = CudaLibraries.Replace(Libraries);
    }

    /// <summary>The simulator.</summary>
    public SimulatedDriver Simulated { get; }

    /// <summary>What runs and commands find.</summary>
    public CudaLibraries Libraries { get; }

    /// <summary>The first GPU.</summary>
    public CudaDevice Open(ElementType type) => Libraries.Open(0, type);

    /// <summary>Whether everything that was taken was given back.</summary>
    public bool IsLeftClean => Simulated.OpenHandles == 0 && Simulated.Devices.All(device => device.Memory.Count == 0);

    public void Dispose()
    {
        _replacement.Dispose();
        Simulated.Dispose();
    }
}
