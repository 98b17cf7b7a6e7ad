using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Avion.Compute;

/// <summary>Matrix products without any library: correct everywhere, several times slower than a tuned one.</summary>
public sealed unsafe class ManagedMatrixLibrary : MatrixLibrary
{
    /// <inheritdoc />
    public override string Name => "managed matrix product";

    /// <inheritdoc />
    public override void Multiply(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, int strideA,
        float* b, int strideB, float beta, float* c, int strideC)
    {
        for (int i = 0; i < m; i++)
        {
            float* row = c + ((long)i * strideC);
            for (int j = 0; j < n; j++)
            {
                row[j] = beta == 0 ? 0 : beta * row[j];
            }

            for (int p = 0; p < k; p++)
            {
                float factor = alpha * (transposeA ? a[((long)p * strideA) + i] : a[((long)i * strideA) + p]);
                if (transposeB)
                {
                    for (int j = 0; j < n; j++)
                    {
                        row[j] += factor * b[((long)j * strideB) + p];
                    }
                }
                else
                {
                    AddScaled(row, b + ((long)p * strideB), factor, n);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddScaled(float* row, float* terms, float factor, int n)
    {
        int j = 0;
        Vector256<float> factors = Vector256.Create(factor);
        for (; j <= n - Vector256<float>.Count; j += Vector256<float>.Count)
        {
            Vector256.FusedMultiplyAdd(factors, Vector256.Load(terms + j), Vector256.Load(row + j)).Store(row + j);
        }

        for (; j < n; j++)
        {
            row[j] += factor * terms[j];
        }
    }
}
