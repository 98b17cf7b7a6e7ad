namespace Avion.Models;

/// <summary>Tables of sines and cosines on a device, which no training changes and no checkpoint holds.</summary>
internal sealed class FixedPositions : IDisposable
{
    private readonly ParameterStore _store = new();
    private readonly Parameter _table;

    public FixedPositions(Device device, int positionCount, int width)
    {
        _table = _store.Add("positions", new Shape(positionCount, width));
        _store.Allocate(device, withGradients: false);
        float[] values = new float[checked(positionCount * width)];
        SinusoidPositions.Fill(positionCount, width, values);
        device.Upload(values, _table.Master);
        _store.RefreshValues();
    }

    /// <summary>[L, D].</summary>
    public Tensor Table => _table.Value;

    public void Dispose() => _store.Dispose();
}
