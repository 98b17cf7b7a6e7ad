using TorchSharp;

namespace Avion.Peers;

/// <summary>AdamW alone.</summary>
internal sealed class TorchAdamWOperation : ITorchWork
{
    private readonly torch.Tensor _values, _gradients;
    private readonly TorchAdamW _optimizer;

    public TorchAdamWOperation(OperationWorkload workload, PeerSettings settings, TensorFileReader inputs)
    {
        _values = TorchClips.Read(inputs, "values", torch.float32).requires_grad_();
        _gradients = TorchClips.Read(inputs, "gradients", torch.float32);
        _optimizer = new TorchAdamW([_values], PlainAdamWCase.LearningRate, settings.UsesFusedAdamW);
        if (settings.UsesFusedAdamW)
        {
            inputs.Read("first", _optimizer.Moments.First[0].bytes);
            inputs.Read("second", _optimizer.Moments.Second[0].bytes);
        }

        Description = $"{(settings.UsesFusedAdamW ? "fused" : "TorchSharp's")} AdamW of {workload.Size}";
    }

    public string Description { get; }

    public void Run()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _optimizer.Step([_gradients]);
    }

    public IEnumerable<(string Name, torch.Tensor Value)> Results()
    {
        Run();
        yield return ("output 0", _values);
        yield return ("output 1", _optimizer.Moments.First[0]);
        yield return ("output 2", _optimizer.Moments.Second[0]);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _values.Dispose();
        _gradients.Dispose();
    }
}
