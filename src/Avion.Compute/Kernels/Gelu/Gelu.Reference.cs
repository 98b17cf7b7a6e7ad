namespace Avion.Compute;

public static partial class Gelu
{
    /// <summary>Writes y, which may be x.</summary>
    internal static unsafe void ReferenceForward(double* x, long count, GeluKind kind, double* y)
    {
        for (long i = 0; i < count; i++)
        {
            y[i] = Reference(x[i], kind).Value;
        }
    }

    internal static unsafe void ReferenceBackward(double* dy, double* x, long count, GeluKind kind, bool accumulate, double* dx)
    {
        for (long i = 0; i < count; i++)
        {
            dx[i] = (accumulate ? dx[i] : 0) + (dy[i] * Reference(x[i], kind).Derivative);
        }
    }

    /// <summary>y(x) and y'(x).</summary>
    internal static (double Value, double Derivative) Reference(double x, GeluKind kind)
    {
        if (kind == GeluKind.Erf)
        {
            double distribution = NormalDistribution(x);
            return (x * distribution, distribution + (x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI)));
        }

        double root = Math.Sqrt(2 / Math.PI);
        double argument = kind == GeluKind.Quick ? 1.702 * x : 2 * root * (x + (0.044715 * x * x * x));
        double slope = kind == GeluKind.Quick ? 1.702 : 2 * root * (1 + (3 * 0.044715 * x * x));
        double sigmoid = 1 / (1 + Math.Exp(-argument));
        return (x * sigmoid, sigmoid + (x * sigmoid * (1 - sigmoid) * slope));
    }

    /// <summary>Φ(x), by its power series near 0 and its continued fraction in the tails; to about 1e-15.</summary>
    /// <remarks>Source: Abramowitz, Stegun 1964, 26.2.11 and 26.2.14.</remarks>
    private static double NormalDistribution(double x)
    {
        double z = Math.Abs(x), density = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
        if (z < 3)
        {
            double term = z, sum = z;
            for (int n = 3; term > 1e-17 * sum; n += 2)
            {
                term *= z * z / n;
                sum += term;
            }

            return x < 0 ? 0.5 - (density * sum) : 0.5 + (density * sum);
        }

        double fraction = z;
        for (int n = 200; n > 0; n--)
        {
            fraction = z + (n / fraction);
        }

        return x < 0 ? density / fraction : 1 - (density / fraction);
    }
}
