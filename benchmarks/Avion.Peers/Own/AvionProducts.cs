namespace Avion.Peers;

/// <summary>The matrix products of a step, as Avion runs them or by its matrix library alone.</summary>
internal sealed class AvionProducts : IAvionWork
{
    private readonly CpuDevice _device;
    private readonly MatrixProductShapes _shapes = new();
    private readonly bool _isLibraryAlone;
    private Duration _measured;

    public AvionProducts(StepWorkload workload, int threads, bool isLibraryAlone)
    {
        _isLibraryAlone = isLibraryAlone;
        _device = AvionDevice.Open(workload.IsBFloat16, threads);
        using AvionStep step = new(workload, threads);
        CpuDevice device = (CpuDevice)step.Device;
        device.ProductShapes = _shapes;
        step.Run();
        device.ProductShapes = null;
    }

    public string Description => $"Avion, {_device.Name}; {(_isLibraryAlone ? "every thread all products by itself" : "in tiles")}";

    public Duration? Measured => _measured;

    /// <summary>Operations of all products.</summary>
    private double Flops => _shapes.Counts.Sum(shape => shape.Value * shape.Key.Flops);

    public void Run()
    {
        ProcessClock clock = ProcessClock.Start();
        MatrixProductRates rates = MatrixProductRates.Measure(_device, _shapes);
        double seconds = Flops / 1e9 / (_isLibraryAlone ? rates.LibraryGigaflopsPerSecond : rates.SharedGigaflopsPerSecond);
        _measured = new Duration(1e3 * seconds, clock.Elapsed().ProcessorMilliseconds);
    }

    /// <summary>Writes the shapes: two transpositions, three extents, and how often. Results are not compared.</summary>
    public void Write(TensorFileWriter inputs, TensorFileWriter results)
    {
        int[] shapes = [.. _shapes.Counts.SelectMany(pair => (int[])
        [
            pair.Key.TransposeA ? 1 : 0, pair.Key.TransposeB ? 1 : 0, pair.Key.M, pair.Key.N, pair.Key.K, pair.Value,
        ])];
        inputs.Add("shapes", [shapes.Length / 6, 6], (ReadOnlySpan<int>)shapes);
    }

    public void Dispose() => _device.Dispose();
}
