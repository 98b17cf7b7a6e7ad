using TorchSharp;

namespace Avion.Peers;

/// <summary>The peer's training step.</summary>
internal sealed class TorchStep : ITorchWork
{
    private readonly ITorchModel _model;
    private readonly TorchParameters _parameters;
    private readonly torch.Tensor[] _values;
    private readonly TorchAdamW _optimizer;
    private readonly bool _usesAutocast;

    /// <param name="workload">What to compute.</param>
    /// <param name="settings">How the peer is set.</param>
    /// <param name="inputs">What Avion wrote.</param>
    /// <param name="types">Types of activations; null for those of the workload and the settings.</param>
    public TorchStep(StepWorkload workload, PeerSettings settings, TensorFileReader inputs, TorchTypes? types = null)
    {
        _usesAutocast = workload.IsBFloat16 && settings.UsesAutocast;
        _model = workload switch
        {
            DualEncoderWorkload dual => new TorchDualEncoder(dual),
            VideoMaeWorkload masked => new TorchVideoMae(masked),
            _ => throw new PeerException($"{workload.Name}: the peer has no such model."),
        };
        _parameters = new TorchParameters(inputs, _model.BatchNames, types ?? (workload.IsBFloat16 && !_usesAutocast ? TorchTypes.BFloat16 : TorchTypes.Float32));
        _model.Load(inputs, _parameters);
        _values = _parameters.All;
        _optimizer = new TorchAdamW(_values, rate: 1e-9, settings.UsesFusedAdamW);
        Description = (!workload.IsBFloat16 ? "float32" : _usesAutocast ? "bfloat16 by autocast" : "bfloat16 by casts")
            + (settings.UsesFusedAdamW ? ", fused AdamW" : ", TorchSharp's AdamW");
    }

    public string Description { get; }

    public void Run()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor loss = Loss();
        _optimizer.Step([.. torch.autograd.grad([loss], _values)]);
    }

    public IEnumerable<(string Name, torch.Tensor Value)> Results()
    {
        Dictionary<string, torch.Tensor> outputs = [];
        torch.Tensor loss = Forward(outputs);
        IList<torch.Tensor> gradients = torch.autograd.grad([loss], _values);
        yield return ("loss", loss);
        foreach ((string name, torch.Tensor value) in outputs)
        {
            yield return (name, value);
        }

        foreach ((string name, torch.Tensor gradient) in _parameters.Names.Zip(gradients))
        {
            yield return ("gradient of " + name, gradient);
        }
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _parameters.Dispose();
    }

    /// <summary>The loss alone: backward frees what it is made of when it has read it.</summary>
    private torch.Tensor Loss()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return Forward(outputs: null).MoveToOuterDisposeScope();
    }

    private torch.Tensor Forward(Dictionary<string, torch.Tensor>? outputs)
    {
        if (!_usesAutocast)
        {
            return _model.Loss(outputs);
        }

        using Autocast.Scope autocast = Autocast.Begin();
        return _model.Loss(outputs);
    }
}
