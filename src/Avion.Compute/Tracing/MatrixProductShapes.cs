namespace Avion.Compute;

/// <summary>The shape of a matrix product: C [m, n] = op(A) op(B) over k terms.</summary>
/// <param name="TransposeA">Whether A is stored [k, m].</param>
/// <param name="TransposeB">Whether B is stored [n, k].</param>
/// <param name="M">Rows of C.</param>
/// <param name="N">Columns of C.</param>
/// <param name="K">Terms of each sum.</param>
public readonly record struct MatrixProductShape(bool TransposeA, bool TransposeB, int M, int N, int K)
{
    /// <summary>Multiplications and additions.</summary>
    public double Flops => 2.0 * M * N * K;
}

/// <summary>Which products the matrix library was asked for, and how often.</summary>
public sealed class MatrixProductShapes
{
    private readonly Dictionary<MatrixProductShape, int> _counts = [];

    /// <summary>How often each shape occurred.</summary>
    public IReadOnlyDictionary<MatrixProductShape, int> Counts => _counts;

    internal void Add(in MatrixOperands operands)
    {
        MatrixProductShape shape = new(operands.TransposeA, operands.TransposeB, operands.M, operands.N, operands.K);
        lock (_counts)
        {
            _counts[shape] = _counts.GetValueOrDefault(shape) + 1;
        }
    }
}
