using TorchSharp;

namespace Avion.Peers;

/// <summary>The parameters of a model on the peer's side, under Avion's names.</summary>
internal sealed class TorchParameters : IDisposable
{
    private readonly Dictionary<string, torch.Tensor> _masters = [];

    /// <param name="inputs">Weights that Avion wrote.</param>
    /// <param name="others">What else lies in the file.</param>
    /// <param name="types">In which type products read them: copies are made in every step.</param>
    public TorchParameters(TensorFileReader inputs, IReadOnlySet<string> others, TorchTypes types)
    {
        Types = types;
        foreach (string name in inputs.Names.Where(name => !others.Contains(name)))
        {
            _masters.Add(name, TorchClips.Read(inputs, name, torch.float32).requires_grad_());
            Names.Add(name);
        }
    }

    public List<string> Names { get; } = [];

    /// <summary>In which types activations are kept, too.</summary>
    public TorchTypes Types { get; }

    public torch.Tensor[] All => [.. Names.Select(name => _masters[name])];

    /// <summary>A parameter in float32.</summary>
    public torch.Tensor this[string name] => _masters[name];

    /// <summary>A weight or bias as products read it; to be asked once a step.</summary>
    public torch.Tensor OfProduct(string name) => Types.Cast(_masters[name]);

    public void Dispose()
    {
        foreach (torch.Tensor master in _masters.Values)
        {
            master.Dispose();
        }
    }
}
