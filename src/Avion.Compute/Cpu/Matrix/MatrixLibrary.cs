namespace Avion.Compute;

/// <summary>A library's single-precision matrix product, called on one thread; Avion cuts large products into tiles itself.</summary>
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
