namespace Avion.Dashboard;

/// <summary>Maps values to pixels, with ticks at round numbers.</summary>
internal sealed class Axis
{
    private const int WantedTicks = 5;
    private readonly double _low, _high, _fromPixel, _toPixel, _step;

    public Axis(IEnumerable<double> values, double fromPixel, double toPixel, bool startsAtZero)
    {
        (double low, double high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (double value in values)
        {
            if (double.IsFinite(value))
            {
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
            }
        }
        if (!double.IsFinite(low))
        {
            (low, high) = (0, 1);
        }
        if (startsAtZero)
        {
            low = Math.Min(0, low);
        }
        if (high - low < 1e-12)
        {
            high = low + 1;
        }
        _step = RoundStep((high - low) / WantedTicks);
        _low = Math.Floor(low / _step) * _step;
        _high = Math.Ceiling(high / _step) * _step;
        (_fromPixel, _toPixel) = (fromPixel, toPixel);
    }

    public double ToPixel(double value) => _fromPixel + (value - _low) / (_high - _low) * (_toPixel - _fromPixel);

    public IEnumerable<(double Value, string Label)> Ticks()
    {
        int count = (int)Math.Round((_high - _low) / _step);
        for (int tick = 0; tick <= count; tick++)
        {
            double value = _low + tick * _step;
            yield return (value, Math.Round(value, 10).ToString("G6", CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The smallest of 1, 2, 5 × 10^k that is not below the raw step.</summary>
    private static double RoundStep(double raw)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double share = raw / power;
        return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
    }
}
