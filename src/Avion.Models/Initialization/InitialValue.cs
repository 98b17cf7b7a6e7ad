namespace Avion.Models;

/// <summary>From what distribution a parameter's first values are drawn.</summary>
/// <param name="Distribution">The kind of distribution.</param>
/// <param name="Scale">The constant itself, the standard deviation, or the bound.</param>
public readonly record struct InitialValue(InitialDistribution Distribution, double Scale)
{
    /// <summary>All zero.</summary>
    public static InitialValue Zero => new(InitialDistribution.Constant, 0);

    /// <summary>All one.</summary>
    public static InitialValue One => new(InitialDistribution.Constant, 1);

    /// <summary>All the same.</summary>
    public static InitialValue Constant(double value) => new(InitialDistribution.Constant, value);

    /// <summary>Normal with mean 0.</summary>
    public static InitialValue Normal(double standardDeviation) => new(InitialDistribution.Normal, standardDeviation);

    /// <summary>Uniform within ±1/√fanIn: what PyTorch gives the weights and biases of linear layers and convolutions.</summary>
    public static InitialValue FanIn(int fanIn) => new(InitialDistribution.Uniform, 1 / Math.Sqrt(fanIn));

    /// <summary>Uniform within ±√(6 / (fanIn + fanOut)) (Glorot and Bengio 2010, equation 16).</summary>
    public static InitialValue Xavier(int fanIn, int fanOut) => new(InitialDistribution.Uniform, Math.Sqrt(6.0 / (fanIn + fanOut)));
}

/// <summary>Kinds of distributions of first values.</summary>
public enum InitialDistribution
{
    /// <summary>All the same.</summary>
    Constant,

    /// <summary>Normal with mean 0.</summary>
    Normal,

    /// <summary>Uniform within plus and minus the scale.</summary>
    Uniform,
}
