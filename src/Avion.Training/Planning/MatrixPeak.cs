using System.Diagnostics;

namespace Avion.Training;

/// <summary>The rate of the matrix library on one large square product: the ceiling of everything that trains.</summary>
internal sealed class MatrixPeak : IDisposable
{
    private readonly Device _device;
    private readonly Tape _tape;
    private readonly ParameterStore _store = new();
    private readonly Parameter _weight;
    private readonly int _size;

    public MatrixPeak(Device device, int size)
    {
        (_device, _size) = (device, size);
        _tape = new Tape(device) { IsRecording = false };
        _weight = _store.Add("weight", new Shape(size, size));
        _store.Allocate(device, withGradients: false);
    }

    /// <summary>Rate of one product, in 10^9 operations a second.</summary>
    public double Measure()
    {
        _tape.Reset();
        Tensor x = _tape.Allocate(new Shape(_size, _size));
        _device.Clear(x);
        _device.Synchronize();
        long started = Stopwatch.GetTimestamp();
        _tape.Linear(x, _weight, null);
        _device.Synchronize();
        return 2.0 * _size * _size * _size / Stopwatch.GetElapsedTime(started).TotalSeconds / 1e9;
    }

    public void Dispose()
    {
        _tape.Dispose();
        _store.Dispose();
    }
}
