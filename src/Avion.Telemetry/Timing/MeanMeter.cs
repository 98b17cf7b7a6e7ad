namespace Avion.Telemetry;

/// <summary>The mean of a quantity since the last report, summed in double precision.</summary>
public struct MeanMeter
{
    private double _sum;

    /// <summary>Values added since the last reset.</summary>
    public long Count { get; private set; }

    /// <summary>The mean, or NaN when nothing was added.</summary>
    public readonly double Mean => Count > 0 ? _sum / Count : double.NaN;

    public void Add(double value)
    {
        _sum += value;
        Count++;
    }

    public void Reset() => this = default;
}
