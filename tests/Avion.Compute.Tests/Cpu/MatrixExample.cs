namespace Avion.Compute.Tests;

/// <summary>Two random matrices whose rows lie further apart than they are long, and a target.</summary>
internal sealed unsafe class MatrixExample
{
    private const int Padding = 3;
    private readonly bool _transposeA, _transposeB;
    private readonly int _m, _n, _k, _strideA, _strideB, _strideC;
    private readonly float[] _a, _b;

    /// <param name="transposeA">Whether A is stored [k, m].</param>
    /// <param name="transposeB">Whether B is stored [n, k].</param>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">Terms of each sum.</param>
    /// <param name="isOfBFloat16">Whether the factors are numbers of bfloat16.</param>
    public MatrixExample(bool transposeA, bool transposeB, int m, int n, int k, bool isOfBFloat16 = false)
    {
        (_transposeA, _transposeB, _m, _n, _k) = (transposeA, transposeB, m, n, k);
        (_strideA, _strideB, _strideC) = ((transposeA ? m : k) + Padding, (transposeB ? k : n) + Padding, n + Padding);
        CounterRandom random = CounterRandom.For(1, "matrix", (ulong)m, (ulong)n);
        _a = Draw(ref random, (transposeA ? k : m) * _strideA);
        _b = Draw(ref random, (transposeB ? n : k) * _strideB);
        C = Draw(ref random, m * _strideC);
        if (isOfBFloat16)
        {
            _a = [.. _a.Select(number => (float)(BFloat16)number)];
            _b = [.. _b.Select(number => (float)(BFloat16)number)];
        }
    }

    private MatrixExample(MatrixExample other)
    {
        (_transposeA, _transposeB, _m, _n, _k) = (other._transposeA, other._transposeB, other._m, other._n, other._k);
        (_strideA, _strideB, _strideC, _a, _b) = (other._strideA, other._strideB, other._strideC, other._a, other._b);
        C = new float[other.C.Length];
    }

    public float[] C { get; }

    public MatrixExample WithOwnTarget() => new(this);

    public void Multiply(MatrixLibrary library, float alpha, float beta)
    {
        fixed (float* a = _a, b = _b, c = C)
        {
            library.Multiply(_transposeA, _transposeB, _m, _n, _k, alpha, a, _strideA, b, _strideB, beta, c, _strideC);
        }
    }

    /// <summary>The product of factors that are numbers of bfloat16, by the library's product of such.</summary>
    public void MultiplyBFloat16(MatrixLibrary library, bool accumulate) => MultiplyBFloat16((a, b, c) => library.Multiply(
        _transposeA, _transposeB, _m, _n, _k, (BFloat16*)a, _strideA, (BFloat16*)b, _strideB, accumulate, (float*)c, _strideC));

    /// <inheritdoc cref="MultiplyBFloat16(MatrixLibrary, bool)" />
    public void MultiplyBFloat16(OneDnnProducts products, bool accumulate) => MultiplyBFloat16((a, b, c) => products.Multiply(
        _transposeA, _transposeB, _m, _n, _k, (BFloat16*)a, _strideA, (BFloat16*)b, _strideB, accumulate, (float*)c, _strideC));

    public void MultiplyTiled(CpuDevice device, bool accumulate)
    {
        fixed (float* a = _a, b = _b, c = C)
        {
            MatrixProduct.Run(device, new MatrixOperands
            {
                TransposeA = _transposeA, TransposeB = _transposeB, M = _m, N = _n, K = _k, A = a, B = b, C = c,
                StrideA = _strideA, StrideB = _strideB, StrideC = _strideC, Accumulate = accumulate,
            });
        }
    }

    public void Check(MatrixLibrary library, float alpha, float beta)
    {
        double[] expected = Expected(alpha, beta);
        Multiply(library, alpha, beta);
        CheckAgainst(expected, $"{library.Name} with alpha {alpha}, beta {beta}");
    }

    public void CheckBFloat16(MatrixLibrary library, bool accumulate)
    {
        double[] expected = Expected(1, accumulate ? 1 : 0);
        MultiplyBFloat16(library, accumulate);
        CheckAgainst(expected, $"{library.Name} of bfloat16, {(accumulate ? "added" : "written")}");
    }

    public void CheckBFloat16(OneDnnProducts products, bool accumulate)
    {
        double[] expected = Expected(1, accumulate ? 1 : 0);
        MultiplyBFloat16(products, accumulate);
        CheckAgainst(expected, $"{(accumulate ? "added" : "written")}");
    }

    public void CheckTiled(CpuDevice device, bool accumulate)
    {
        double[] expected = Expected(1, accumulate ? 1 : 0);
        MultiplyTiled(device, accumulate);
        CheckAgainst(expected, device.Name);
    }

    /// <summary>The elements of a target without the padding between rows.</summary>
    public IEnumerable<float> Inner(float[] target)
    {
        for (int i = 0; i < _m; i++)
        {
            for (int j = 0; j < _n; j++)
            {
                yield return target[(i * _strideC) + j];
            }
        }
    }

    private void MultiplyBFloat16(Action<nint, nint, nint> product)
    {
        BFloat16[] left = [.. _a.Select(number => (BFloat16)number)], right = [.. _b.Select(number => (BFloat16)number)];
        fixed (BFloat16* a = left, b = right)
        {
            fixed (float* c = C)
            {
                product((nint)a, (nint)b, (nint)c);
            }
        }
    }

    private void CheckAgainst(double[] expected, string what)
    {
        for (int i = 0; i < C.Length; i++)
        {
            // Padding must come out as it went in; sums of k terms of magnitude below 1 may be off by a few roundings each.
            double allowed = i % _strideC < _n ? 1e-6 * (2 + Math.Sqrt(_k)) : 0;
            Assert.True(Math.Abs(C[i] - expected[i]) <= allowed,
                $"{what}: [{_m}, {_k}]{(_transposeA ? "ᵀ" : "")} · [{_k}, {_n}]{(_transposeB ? "ᵀ" : "")} at {i}: got {C[i]}, expected {expected[i]}");
        }
    }

    private double[] Expected(float alpha, float beta)
    {
        double[] expected = Array.ConvertAll(C, value => (double)value);
        for (int i = 0; i < _m; i++)
        {
            for (int j = 0; j < _n; j++)
            {
                double sum = 0;
                for (int p = 0; p < _k; p++)
                {
                    sum += (double)_a[_transposeA ? (p * _strideA) + i : (i * _strideA) + p]
                        * _b[_transposeB ? (j * _strideB) + p : (p * _strideB) + j];
                }

                int at = (i * _strideC) + j;
                expected[at] = (alpha * sum) + (beta == 0 ? 0 : beta * expected[at]);
            }
        }

        return expected;
    }

    private static float[] Draw(ref CounterRandom random, int count)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (2 * random.NextSingle()) - 1;
        }

        return values;
    }
}
