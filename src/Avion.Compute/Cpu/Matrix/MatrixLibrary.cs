namespace Avion.Compute;

/// <summary>A library's matrix products, of float32 and of bfloat16, called on one thread; Avion cuts large products into tiles itself.</summary>
public abstract unsafe class MatrixLibrary
{
    /// <summary>Name and version, such as "OpenBLAS 0.3.21".</summary>
    public abstract string Name { get; }

    /// <summary>The file that the library was opened from.</summary>
    public abstract string Source { get; }

    /// <summary>Takes the memory that products on so many more threads need at once, so that no product waits for memory or fails.</summary>
    /// <param name="threads">Threads that will call.</param>
    /// <exception cref="OutOfMemoryException">The process cannot have that much; nothing was taken.</exception>
    public virtual void Reserve(int threads)
    {
    }

    /// <summary>So many threads, reserved for before, call no more.</summary>
    /// <param name="threads">Threads that were given to <see cref="Reserve"/>.</param>
    public virtual void Release(int threads)
    {
    }

    /// <summary>C = alpha · op(A) · op(B) + beta · C, all row-major.</summary>
    /// <remarks>
    /// op(A) is [m, k], op(B) is [k, n], C is [m, n]; op transposes where asked. Called from many threads at once, each on its
    /// own C. With beta 0, C is not read.
    /// </remarks>
    /// <param name="transposeA">Whether A is stored as [k, m].</param>
    /// <param name="transposeB">Whether B is stored as [n, k].</param>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">Terms of each sum.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="a">A.</param>
    /// <param name="strideA">Elements from one stored row of A to the next.</param>
    /// <param name="b">B.</param>
    /// <param name="strideB">Elements from one stored row of B to the next.</param>
    /// <param name="beta">Factor of what C holds.</param>
    /// <param name="c">C.</param>
    /// <param name="strideC">Elements from one row of C to the next.</param>
    public abstract void Multiply(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, int strideA,
        float* b, int strideB, float beta, float* c, int strideC);

    /// <summary>Whether products of bfloat16 take instructions of the processor for them, which makes them about twice as fast as those of
    /// float32; without, their factors are converted to float32 first, which makes them slower.</summary>
    public virtual bool HasBFloat16Instructions => false;

    /// <summary>C = op(A) · op(B), or C += op(A) · op(B), all row-major: factors of bfloat16, sums of float32.</summary>
    /// <remarks>As the product of float32: op(A) is [m, k], op(B) is [k, n], C is [m, n]; called from many threads at once.</remarks>
    /// <param name="transposeA">Whether A is stored as [k, m].</param>
    /// <param name="transposeB">Whether B is stored as [n, k].</param>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">Terms of each sum.</param>
    /// <param name="a">A.</param>
    /// <param name="strideA">Elements from one stored row of A to the next.</param>
    /// <param name="b">B.</param>
    /// <param name="strideB">Elements from one stored row of B to the next.</param>
    /// <param name="accumulate">Whether to add to C; C is not read otherwise.</param>
    /// <param name="c">C.</param>
    /// <param name="strideC">Elements from one row of C to the next.</param>
    public void Multiply(bool transposeA, bool transposeB, int m, int n, int k, BFloat16* a, int strideA, BFloat16* b, int strideB,
        bool accumulate, float* c, int strideC)
    {
        if (k == 0)
        {
            Scale(c, strideC, m, n, accumulate ? 1 : 0);
        }
        else if (m != 0 && n != 0)
        {
            MultiplyBFloat16(transposeA, transposeB, m, n, k, a, strideA, b, strideB, accumulate, c, strideC);
        }
    }

    /// <summary>The product of bfloat16, of extents that are not 0; by that of float32 unless a library has its own.</summary>
    private protected virtual void MultiplyBFloat16(bool transposeA, bool transposeB, int m, int n, int k, BFloat16* a, int strideA,
        BFloat16* b, int strideB, bool accumulate, float* c, int strideC) =>
        WidenedProduct.Multiply(this, transposeA, transposeB, m, n, k, a, strideA, b, strideB, accumulate, c, strideC);

    /// <summary>The product of no terms: C = beta · C.</summary>
    private protected static void Scale(float* c, int strideC, int m, int n, float beta)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                float* value = c + ((long)i * strideC) + j;
                *value = beta == 0 ? 0 : beta * *value;
            }
        }
    }
}
