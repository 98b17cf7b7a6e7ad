using TorchSharp;

namespace Avion.Peers;

/// <summary>AdamW by libtorch's fused kernel, or by TorchSharp's loop of operations.</summary>
internal sealed class TorchAdamW : IDisposable
{
    private const string Script = """
        def step(values: List[Tensor], gradients: List[Tensor], first: List[Tensor], second: List[Tensor], steps: List[Tensor],
                 rate: float, decay: float, beta1: float, beta2: float, epsilon: float):
            torch._fused_adamw_(values, gradients, first, second, [], steps, lr=rate, beta1=beta1, beta2=beta2, weight_decay=decay,
                                eps=epsilon, amsgrad=False, maximize=False)
            return steps[0]

        """;

    private readonly torch.Tensor[] _values, _first, _second, _steps;
    private readonly TorchSharp.Modules.Parameter[] _parameters = [];
    private readonly double _rate;
    private readonly torch.jit.CompilationUnit? _fused;
    private readonly torch.optim.Optimizer? _plain;

    public TorchAdamW(torch.Tensor[] values, double rate, bool isFused)
    {
        (_values, _rate) = (values, rate);
        _first = isFused ? [.. values.Select(value => torch.zeros_like(value))] : [];
        _second = isFused ? [.. values.Select(value => torch.zeros_like(value))] : [];
        _steps = isFused ? [.. values.Select(_ => torch.zeros(0, torch.float32).sum())] : [];
        if (isFused)
        {
            _fused = torch.jit.compile(Script);
        }
        else
        {
            // A parameter takes the handle of the tensor that it is made of: of a second one, of the same memory.
            _parameters = [.. values.Select(value => new TorchSharp.Modules.Parameter(value.detach()))];
            _plain = torch.optim.AdamW(_parameters, rate, weight_decay: PlainAdamWCase.WeightDecay);
        }
    }

    /// <summary>First and second moments, to be set by who compares.</summary>
    public (torch.Tensor[] First, torch.Tensor[] Second) Moments => (_first, _second);

    /// <summary>Updates all values.</summary>
    /// <param name="gradients">In their order.</param>
    public void Step(torch.Tensor[] gradients)
    {
        using IDisposable _ = torch.no_grad();
        if (_fused is null)
        {
            foreach ((TorchSharp.Modules.Parameter parameter, torch.Tensor gradient) in _parameters.Zip(gradients))
            {
                parameter.grad = gradient;
            }

            _plain!.step();
            return;
        }

        foreach (torch.Tensor step in _steps)
        {
            step.add_(1);
        }

        _fused.invoke("step", _values, gradients, _first, _second, _steps, _rate, PlainAdamWCase.WeightDecay, PlainAdamWCase.Beta1,
            PlainAdamWCase.Beta2, PlainAdamWCase.Epsilon);
    }

    public void Dispose()
    {
        _fused?.Dispose();
        _plain?.Dispose();
        foreach (torch.Tensor tensor in (torch.Tensor[])[.. _first, .. _second, .. _steps])
        {
            tensor.Dispose();
        }
    }
}
