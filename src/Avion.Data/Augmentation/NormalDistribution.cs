namespace Avion.Data;

/// <summary>The standard normal distribution.</summary>
internal static class NormalDistribution
{
    /// <summary>The share that lies below z, within 1.5e-7.</summary>
    /// <remarks>Abramowitz and Stegun 1964, formula 7.1.26.</remarks>
    public static double Share(double z)
    {
        double x = Math.Abs(z) / Math.Sqrt(2), t = 1 / (1 + (0.3275911 * x));
        double tail = t * (0.254829592 + (t * (-0.284496736 + (t * (1.421413741 + (t * (-1.453152027 + (t * 1.061405429))))))))
            * Math.Exp(-x * x) / 2;
        return z < 0 ? tail : 1 - tail;
    }
}
