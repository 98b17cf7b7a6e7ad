using TorchSharp;

namespace Avion.Peers;

/// <summary>How far the results of one computation are from those of another.</summary>
internal sealed class ResultErrors
{
    // A gradient that is nothing but rounding, such as that of the bias of keys, is no measure of itself.
    private const double ShareOfLargest = 1e-4;

    private readonly Dictionary<string, ResultError> _errors = [];

    public IReadOnlyCollection<string> Names => _errors.Keys;

    public ResultError this[string name] => _errors[name];

    /// <summary>Adds a result.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="result">What was computed.</param>
    /// <param name="truth">What is taken as right.</param>
    public void Add(string name, torch.Tensor result, torch.Tensor truth)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor right = truth.to(torch.float64).flatten();
        _errors.Add(name, new ResultError((result.to(torch.float64).flatten() - right).norm().item<double>(), right.norm().item<double>()));
    }

    /// <summary>Adds a result that is known by its numbers.</summary>
    public void Add(string name, ResultError error) => _errors.Add(name, error);

    /// <summary>Errors over what is right; gradients over a small share of the largest of them at least.</summary>
    /// <param name="side">Whose results.</param>
    public SideErrors Relative(string side)
    {
        double floor = ShareOfLargest * _errors.Where(pair => IsGradient(pair.Key)).Select(pair => pair.Value.Norm).DefaultIfEmpty().Max();
        return Over(name => Math.Max(IsGradient(name) ? floor : 0, _errors[name].Norm), side);
    }

    /// <summary>Errors over those that rounding alone gives.</summary>
    /// <param name="rounding">Which.</param>
    /// <param name="side">Whose results.</param>
    public SideErrors InUnitsOf(RoundingErrors rounding, string side) => Over(rounding.Of, side);

    private static bool IsGradient(string name) => name.StartsWith("gradient", StringComparison.Ordinal);

    private static double Root(IEnumerable<double> numbers) => Math.Sqrt(numbers.Sum(number => number * number));

    private SideErrors Over(Func<string, double> unit, string side)
    {
        string[] gradients = [.. Names.Where(IsGradient)];
        return new SideErrors(side, Worst(Names.Except(gradients)), Worst(gradients), Together(unit), Together(name => _errors[name].Norm));

        double Together(Func<string, double> one) =>
            gradients.Length == 0 ? 0 : Root(gradients.Select(name => _errors[name].Error)) / Root(gradients.Select(one));

        NamedError Worst(IEnumerable<string> names) => names.Select(name => new NamedError(name, _errors[name].Error / unit(name)))
            .MaxBy(error => double.IsFinite(error.Error) ? error.Error : double.PositiveInfinity) ?? new NamedError("none", 0);
    }
}

/// <summary>‖result - truth‖ and ‖truth‖.</summary>
internal readonly record struct ResultError(double Error, double Norm);

/// <summary>How far one side is off.</summary>
/// <param name="Side">Which.</param>
/// <param name="Output">The largest error of an output, and which.</param>
/// <param name="Gradient">The largest error of a gradient, and which.</param>
/// <param name="AllGradients">The error of all gradients together.</param>
/// <param name="RelativeAllGradients">The same over their norm.</param>
internal sealed record SideErrors(string Side, NamedError Output, NamedError Gradient, double AllGradients, double RelativeAllGradients)
{
    /// <summary>Whether that is near enough; not a number is not.</summary>
    public bool IsWithin(Bounds bounds) =>
        Output.Error <= bounds.Output && Gradient.Error <= bounds.Gradient && AllGradients <= bounds.AllGradients;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Side}: outputs {Output.Error:g2} ({Output.Name}), gradients {Gradient.Error:g2} ({Gradient.Name}), together {AllGradients:g2}, relative {RelativeAllGradients:g2}");
}

/// <summary>An error, and of what.</summary>
internal sealed record NamedError(string Name, double Error);
