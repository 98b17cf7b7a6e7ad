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

    public TorchStep(StepWorkload workload, PeerSettings settings, bool usesAutocast, TensorFileReader inputs)
    {
        _usesAutocast = workload.IsBFloat16 && usesAutocast;
        _model = workload switch
        {
            DualEncoderWorkload dual => new TorchDualEncoder(dual),
            VideoMaeWorkload masked => new TorchVideoMae(masked),
            _ => throw new PeerException($"{workload.Name}: the peer has no such model."),
        };
        _parameters = new TorchParameters(inputs, _model.BatchNames, workload.IsBFloat16 && !usesAutocast);
        _model.Load(inputs, _parameters);
        _values = _parameters.All;
        _optimizer = new TorchAdamW(_values, rate: 1e-9, settings.UsesFusedAdamW);
        Description = (!workload.IsBFloat16 ? "float32" : usesAutocast ? "bfloat16 by autocast" : "bfloat16 by casts")
            + (settings.UsesFusedAdamW ? ", fused AdamW" : ", TorchSharp's AdamW");
    }

    public string Description { get; }

    public void Run()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _optimizer.Step(Gradients(out _, out _));
    }

    public IEnumerable<(string Name, torch.Tensor Value)> Results()
    {
        torch.Tensor[] gradients = Gradients(out torch.Tensor loss, out IReadOnlyDictionary<string, torch.Tensor> outputs);
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

    private torch.Tensor[] Gradients(out torch.Tensor loss, out IReadOnlyDictionary<string, torch.Tensor> outputs)
    {
        _parameters.BeginStep();
        if (_usesAutocast)
        {
            using Autocast.Scope autocast = Autocast.Begin();
            loss = _model.Loss(out outputs);
        }
        else
        {
            loss = _model.Loss(out outputs);
        }

        return [.. torch.autograd.grad([loss], _values)];
    }
}
