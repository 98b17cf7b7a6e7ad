using BenchmarkDotNet.Attributes;

namespace Avion.Benchmarks;

/// <summary>Operations through the tape, forward and backward, at the sizes of ViT-B/16: 2 clips of 785 tokens, width 768.</summary>
/// <remarks>A copy of the same bytes is the ceiling of what memory allows. The column of allocated bytes must read zero.</remarks>
[MemoryDiagnoser]
public class TapeBenchmarks
{
    private const int Rows = 1570;
    private const int Width = 768;

    private readonly CpuDevice _device = new();
    private readonly ParameterStore _store = new();
    private Tape _tape = null!;
    private Parameter _weight = null!, _bias = null!, _square = null!;
    private Tensor _source, _target;

    /// <summary>Makes parameters and inputs.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _weight = _store.Add("norm.weight", new Shape(Width));
        _bias = _store.Add("norm.bias", new Shape(Width));
        _square = _store.Add("linear.weight", new Shape(Width, Width));
        _store.Add("copy", new Shape(2 * Rows, Width));
        _store.Allocate(_device);
        _source = Tensor.Wrap(_store["copy"].Value.Data, new Shape(Rows, Width), ElementType.Float32);
        _target = Tensor.Wrap(_store["copy"].Gradient.Data, new Shape(Rows, Width), ElementType.Float32);
        _tape = new Tape(_device);
    }

    /// <summary>Copies one tensor: two passes over memory.</summary>
    [Benchmark(Baseline = true)]
    public void Copy() => _device.Copy(_source, _target);

    /// <summary>Layer norm forward.</summary>
    [Benchmark]
    public Tensor LayerNormForward()
    {
        _tape.Reset();
        return _tape.Normalize(_source, _weight, _bias, 1e-6f);
    }

    /// <summary>Linear layer forward: bound by the matrix library.</summary>
    [Benchmark]
    public Tensor LinearForward()
    {
        _tape.Reset();
        return _tape.Linear(_source, _square, null);
    }

    /// <summary>Frees everything.</summary>
    [GlobalCleanup]
    public void CleanUp()
    {
        _tape.Dispose();
        _store.Dispose();
        _device.Dispose();
    }
}
