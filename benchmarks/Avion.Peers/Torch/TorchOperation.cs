using TorchSharp;
using static TorchSharp.torch.nn;

namespace Avion.Peers;

/// <summary>One of libtorch's operations, forward and backward.</summary>
internal sealed class TorchOperation : ITorchWork
{
    private readonly OperationWorkload _workload;
    private readonly Dictionary<string, torch.Tensor> _inputs = [];
    private readonly torch.Tensor _direction;

    public TorchOperation(OperationWorkload workload, TensorFileReader inputs)
    {
        _workload = workload;
        torch.ScalarType type = workload.IsBFloat16 ? torch.bfloat16 : torch.float32;
        foreach (string name in inputs.Names.Where(name => name != "direction"))
        {
            _inputs.Add(name, TorchClips.Read(inputs, name, torch.float32).to(type).detach().requires_grad_());
        }

        _direction = TorchClips.Read(inputs, "direction", torch.float32).to(type);
    }

    public string Description => _workload.IsBFloat16 ? "bfloat16" : "float32";

    public void Run()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ForwardBackward(out _);
    }

    public IEnumerable<(string Name, torch.Tensor Value)> Results()
    {
        IList<torch.Tensor> gradients = ForwardBackward(out torch.Tensor output);
        yield return ("output 0", output.flatten());
        foreach ((string name, torch.Tensor gradient) in _inputs.Keys.Zip(gradients))
        {
            yield return ("gradient of " + name, gradient);
        }
    }

    public void Dispose()
    {
        foreach (torch.Tensor input in _inputs.Values)
        {
            input.Dispose();
        }
    }

    private IList<torch.Tensor> ForwardBackward(out torch.Tensor output)
    {
        output = Forward();
        return torch.autograd.grad([output], [.. _inputs.Values], [_direction.view(output.shape)]);
    }

    private torch.Tensor Forward() => _workload.Operation.Name switch
    {
        "Attention" => Attend(_inputs["qkv"]),
        "LayerNorm" => functional.layer_norm(_inputs["x"], [_workload.Size["D"]], _inputs["weight"], _inputs["bias"], 1e-5),
        "Gelu/Erf" => functional.gelu(_inputs["x"]),
        string name => throw new PeerException($"{_workload.Name}: the peer has no operation for {name}."),
    };

    private torch.Tensor Attend(torch.Tensor qkv)
    {
        int sequences = _workload.Size["B"], heads = _workload.Size["H"], size = _workload.Size["K"];
        torch.Tensor[] parts = [.. qkv.chunk(3, -1).Select(part => part.view(sequences, -1, heads, size).transpose(1, 2))];
        return functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]).transpose(1, 2).reshape(-1, heads * size);
    }
}
