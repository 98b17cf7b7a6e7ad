using System.Diagnostics;

namespace Avion.Compute;

/// <summary>The shape of a matrix product: C [m, n] = op(A) op(B) over k terms.</summary>
/// <param name="TransposeA">Whether A is stored [k, m].</param>
/// <param name="TransposeB">Whether B is stored [n, k].</param>
/// <param name="M">Rows of C.</param>
/// <param name="N">Columns of C.</param>
/// <param name="K">Terms of each sum.</param>
/// <param name="Type">Float32 or BFloat16, that of A and B.</param>
public readonly record struct MatrixProductShape(
    bool TransposeA, bool TransposeB, int M, int N, int K, ElementType Type = ElementType.Float32)
{
    /// <summary>Multiplications and additions.</summary>
    public double Flops => 2.0 * M * N * K;
}

/// <summary>Which products the matrix library was asked for, how often, and how long they took on all workers.</summary>
public sealed class MatrixProductShapes
{
    private readonly Dictionary<MatrixProductShape, int> _counts = [];
    private readonly Dictionary<MatrixProductShape, long> _ticks = [];

    /// <summary>How often each shape occurred.</summary>
    public IReadOnlyDictionary<MatrixProductShape, int> Counts => _counts;

    /// <summary>Time in all products of a shape.</summary>
    public double Seconds(in MatrixProductShape shape) => Stopwatch.GetElapsedTime(0, _ticks.GetValueOrDefault(shape)).TotalSeconds;

    /// <summary>Writes a line a shape, the longest first: calls, milliseconds, share of all products' time, GFLOP/s, and their share of a
    /// large product's.</summary>
    public void WriteTable(TextWriter writer, double peakGigaflopsPerSecond)
    {
        double all = _counts.Keys.Sum(shape => Seconds(shape));
        writer.WriteLine($"{"product m × n × k",-28} {"calls",8} {"ms",10} {"share",7} {"GFLOP/s",9} {"of peak",8}");
        foreach ((MatrixProductShape shape, int calls) in _counts.OrderByDescending(pair => Seconds(pair.Key)))
        {
            double seconds = Seconds(shape), rate = calls * shape.Flops / seconds / 1e9;
            string name = $"{(shape.TransposeA ? 'T' : 'N')}{(shape.TransposeB ? 'T' : 'N')} {shape.M} × {shape.N} × {shape.K}"
                + (shape.Type == ElementType.BFloat16 ? " bf16" : "");
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-28} {calls,8} {seconds * 1e3,10:f3} {seconds / all,7:p1} "
                + $"{rate,9:f1} {rate / peakGigaflopsPerSecond,8:p0}"));
        }
    }

    /// <summary>Two products that were computed together: each counts for its part of the operations.</summary>
    internal void Add(in MatrixOperands first, in MatrixOperands second, long ticks)
    {
        double ofFirst = first.Flops / Math.Max(1, first.Flops + second.Flops);
        Add(first, (long)(ticks * ofFirst));
        Add(second, (long)(ticks * (1 - ofFirst)));
    }

    internal void Add(in MatrixOperands operands, long ticks)
    {
        MatrixProductShape shape = new(operands.TransposeA, operands.TransposeB, operands.M, operands.N, operands.K, operands.Type);
        lock (_counts)
        {
            _counts[shape] = _counts.GetValueOrDefault(shape) + 1;
            _ticks[shape] = _ticks.GetValueOrDefault(shape) + ticks;
        }
    }
}
