namespace Avion.Training;

/// <summary>Draws of the symmetric beta distribution, from which mixup and CutMix take their shares.</summary>
/// <remarks>Beta(a, a) = g / (g + h) with g, h of the gamma distribution of shape a. Source of the gamma draws: Marsaglia and Tsang 2000,
/// "A simple method for generating gamma variables".</remarks>
internal static class BetaDistribution
{
    /// <summary>A number from 0 to 1 of Beta(shape, shape); at shape 1 uniform.</summary>
    public static double Draw(ref CounterRandom random, double shape)
    {
        double first = Gamma(ref random, shape), second = Gamma(ref random, shape);

        // Both may round to zero at a very small shape, where one or the other has all.
        return first + second > 0 ? first / (first + second) : random.NextDouble() < 0.5 ? 0 : 1;
    }

    private static double Gamma(ref CounterRandom random, double shape)
    {
        if (shape < 1)
        {
            double power = 1 - random.NextDouble();
            return Gamma(ref random, shape + 1) * Math.Pow(power, 1 / shape);
        }

        double d = shape - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double normal = random.NextGaussian(), cube = Math.Pow(1 + (c * normal), 3), uniform = 1 - random.NextDouble();
            if (cube > 0 && Math.Log(uniform) < (normal * normal / 2) + (d * (1 - cube + Math.Log(cube))))
            {
                return d * cube;
            }
        }
    }
}
