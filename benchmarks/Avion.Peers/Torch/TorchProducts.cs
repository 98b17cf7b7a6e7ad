using TorchSharp;

namespace Avion.Peers;

/// <summary>The matrix products of a step by libtorch: MKL in float32, oneDNN in bfloat16.</summary>
internal sealed class TorchProducts : ITorchWork
{
    private readonly List<(torch.Tensor A, torch.Tensor B, int Count)> _products = [];
    private Duration _measured;

    public TorchProducts(ProductsWorkload workload, TensorFileReader inputs)
    {
        torch.ScalarType type = workload.IsBFloat16 ? torch.bfloat16 : torch.float32;
        Description = workload.IsBFloat16 ? "bfloat16" : "float32";
        foreach (int[] shape in inputs.Read<int>("shapes").Chunk(6))
        {
            _products.Add((Matrix(shape[2], shape[4], shape[0] != 0, type), Matrix(shape[4], shape[3], shape[1] != 0, type), shape[5]));
        }
    }

    public string Description { get; }

    public Duration? Measured => _measured;

    /// <summary>Each product once, weighed as often as the step has it.</summary>
    public void Run()
    {
        _measured = default;
        foreach ((torch.Tensor a, torch.Tensor b, int count) in _products)
        {
            ProcessClock clock = ProcessClock.Start();
            torch.mm(a, b).Dispose();
            Duration call = clock.Elapsed();
            _measured = new Duration(_measured.Milliseconds + (count * call.Milliseconds),
                _measured.ProcessorMilliseconds + (count * call.ProcessorMilliseconds));
        }
    }

    public IEnumerable<(string Name, torch.Tensor Value)> Results() => [];

    public void Dispose() => _products.ForEach(product =>
    {
        product.A.Dispose();
        product.B.Dispose();
    });

    private static torch.Tensor Matrix(int rows, int columns, bool isTransposed, torch.ScalarType type) =>
        isTransposed ? torch.ones(columns, rows, type).t() : torch.ones(rows, columns, type);
}
