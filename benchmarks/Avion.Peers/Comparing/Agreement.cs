using TorchSharp;

namespace Avion.Peers;

/// <summary>How far the results of the two sides lie apart.</summary>
/// <param name="Output">The largest relative error of an output, and which.</param>
/// <param name="Gradient">The largest relative error of a gradient, and which.</param>
/// <param name="AllGradients">The relative error of all gradients together.</param>
internal sealed record Agreement(NamedError Output, NamedError Gradient, double AllGradients)
{
    // A gradient that is nothing but rounding, such as that of the bias of keys, is no measure of itself.
    private const double ShareOfLargest = 1e-4;

    /// <summary>Compares what the peer computes with what Avion wrote.</summary>
    public static Agreement Of(ITorchWork peer, string exchange)
    {
        using TensorFileReader expected = new(ExchangeFiles.Results(exchange));
        List<(string Name, double Error, double Norm)> outputs = [], gradients = [];
        HashSet<string> compared = [];
        foreach ((string name, torch.Tensor value) in peer.Results())
        {
            torch.Tensor own = TorchClips.Read(expected, name, torch.float32).to(torch.float64).flatten();
            torch.Tensor theirs = value.detach().to(torch.float64).flatten();
            (name.StartsWith("gradient", StringComparison.Ordinal) ? gradients : outputs).Add(
                (name, (theirs - own).norm().item<double>(), own.norm().item<double>()));
            compared.Add(name);
        }

        if (expected.Names.FirstOrDefault(name => !compared.Contains(name)) is { } missing)
        {
            throw new PeerException($"The peer has no result named '{missing}', which Avion wrote.");
        }

        return new Agreement(Worst(outputs, 0), Worst(gradients, ShareOfLargest),
            gradients.Count == 0 ? 0 : Root(gradients.Select(g => g.Error)) / Root(gradients.Select(g => g.Norm)));
    }

    /// <summary>Whether the sides compute the same; not a number is not.</summary>
    public bool IsWithin(Bounds bounds) =>
        Output.Error <= bounds.Output && Gradient.Error <= bounds.Gradient && AllGradients <= bounds.Gradient;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"outputs within {Output.Error:e1} ({Output.Name}), gradients within {Gradient.Error:e1} ({Gradient.Name}), together {AllGradients:e1}");

    private static NamedError Worst(List<(string Name, double Error, double Norm)> results, double share)
    {
        if (results.Count == 0)
        {
            return new NamedError("none", 0);
        }

        double floor = share * results.Max(result => result.Norm);
        return results.Select(result => new NamedError(result.Name, result.Error / Math.Max(floor, result.Norm)))
            .MaxBy(error => double.IsFinite(error.Error) ? error.Error : double.PositiveInfinity)!;
    }

    private static double Root(IEnumerable<double> norms) => Math.Sqrt(norms.Sum(norm => norm * norm));
}

/// <summary>A relative error, and of what.</summary>
internal sealed record NamedError(string Name, double Error);
