namespace Avion.Compute;

/// <summary>Small matrix products whose right factor lies in panels: what attention needs of a matrix library, without its calls.</summary>
/// <remarks>
/// A panel is two vectors wide and holds its rows one after another, so that the inner loop reads it in order; the columns that fill
/// no panel are zeros. A call of a library costs more than a whole product of two heads of a short caption; here there is none, and
/// a factor that several products share is laid out once.
/// </remarks>
internal static unsafe class PanelProduct
{
    /// <summary>Rows of the result that stay in registers: with two vectors each, twelve sums,
    /// enough to hide the latency of any processor.</summary>
    public const int BlockRows = 6;

    /// <summary>Columns of a panel.</summary>
    public static int PanelWidth => 2 * (VectorWidth.Bits == 1 ? 1 : VectorWidth.Bits / 32);

    /// <summary>Columns after filling the last panel.</summary>
    public static int RoundUp(int columns) => (columns + PanelWidth - 1) / PanelWidth * PanelWidth;

    /// <summary>C = A B, or C += A B.</summary>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="columns">Columns of B and C; C is not touched beyond them.</param>
    /// <param name="depth">Columns of A, rows of B.</param>
    /// <param name="a">A.</param>
    /// <param name="rowStride">Elements from one row of A to the next.</param>
    /// <param name="depthStride">Elements from one column of A to the next: 1, or more for a transposed A.</param>
    /// <param name="panels">B in panels.</param>
    /// <param name="add">Whether C is added to.</param>
    /// <param name="c">C.</param>
    /// <param name="strideC">Elements from one row of C to the next.</param>
    public static void Multiply<TVector>(int rows, int columns, int depth, float* a, nint rowStride, nint depthStride, float* panels,
        bool add, float* c, nint strideC) where TVector : struct, IFloatVector<TVector>
    {
        int width = 2 * TVector.Width;
        float* edge = stackalloc float[BlockRows * width];
        for (int column = 0; column < columns; column += width, panels += depth * width)
        {
            bool isWhole = column + width <= columns;
            for (int row = 0; row < rows; row += BlockRows)
            {
                int blockRows = System.Math.Min(BlockRows, rows - row);
                float* target = c + (row * strideC) + column;
                if (isWhole)
                {
                    Block<TVector>(blockRows, depth, a + (row * rowStride), rowStride, depthStride, panels, add, target, strideC);
                }
                else
                {
                    Block<TVector>(blockRows, depth, a + (row * rowStride), rowStride, depthStride, panels, false, edge, width);
                    CopyEdge(edge, width, blockRows, columns - column, add, target, strideC);
                }
            }
        }
    }

    private static void Block<TVector>(int rows, int depth, float* a, nint rowStride, nint depthStride, float* panel,
        bool add, float* c, nint strideC) where TVector : struct, IFloatVector<TVector>
    {
        // Rows that are not there repeat the last one and are not stored.
        float* a0 = a, a1 = a0 + (rows > 1 ? rowStride : 0), a2 = a1 + (rows > 2 ? rowStride : 0), a3 = a2 + (rows > 3 ? rowStride : 0);
        float* a4 = a3 + (rows > 4 ? rowStride : 0), a5 = a4 + (rows > 5 ? rowStride : 0);
        TVector c00 = TVector.Zero, c01 = TVector.Zero, c10 = TVector.Zero, c11 = TVector.Zero, c20 = TVector.Zero, c21 = TVector.Zero;
        TVector c30 = TVector.Zero, c31 = TVector.Zero, c40 = TVector.Zero, c41 = TVector.Zero, c50 = TVector.Zero, c51 = TVector.Zero;
        nint offset = 0;
        for (int k = 0; k < depth; k++)
        {
            TVector b0 = TVector.Load(panel), b1 = TVector.Load(panel + TVector.Width);
            TVector left = TVector.Create(a0[offset]);
            c00 = TVector.MultiplyAdd(left, b0, c00);
            c01 = TVector.MultiplyAdd(left, b1, c01);
            left = TVector.Create(a1[offset]);
            c10 = TVector.MultiplyAdd(left, b0, c10);
            c11 = TVector.MultiplyAdd(left, b1, c11);
            left = TVector.Create(a2[offset]);
            c20 = TVector.MultiplyAdd(left, b0, c20);
            c21 = TVector.MultiplyAdd(left, b1, c21);
            left = TVector.Create(a3[offset]);
            c30 = TVector.MultiplyAdd(left, b0, c30);
            c31 = TVector.MultiplyAdd(left, b1, c31);
            left = TVector.Create(a4[offset]);
            c40 = TVector.MultiplyAdd(left, b0, c40);
            c41 = TVector.MultiplyAdd(left, b1, c41);
            left = TVector.Create(a5[offset]);
            c50 = TVector.MultiplyAdd(left, b0, c50);
            c51 = TVector.MultiplyAdd(left, b1, c51);
            offset += depthStride;
            panel += 2 * TVector.Width;
        }

        Store(c, c00, c01, add);
        if (rows == BlockRows)
        {
            Store(c + strideC, c10, c11, add);
            Store(c + (2 * strideC), c20, c21, add);
            Store(c + (3 * strideC), c30, c31, add);
            Store(c + (4 * strideC), c40, c41, add);
            Store(c + (5 * strideC), c50, c51, add);
            return;
        }

        if (rows > 1)
        {
            Store(c + strideC, c10, c11, add);
        }

        if (rows > 2)
        {
            Store(c + (2 * strideC), c20, c21, add);
        }

        if (rows > 3)
        {
            Store(c + (3 * strideC), c30, c31, add);
        }

        if (rows > 4)
        {
            Store(c + (4 * strideC), c40, c41, add);
        }
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector>(float* c, TVector first, TVector second, bool add) where TVector : struct, IFloatVector<TVector>
    {
        if (add)
        {
            first += TVector.Load(c);
            second += TVector.Load(c + TVector.Width);
        }

        first.Store(c);
        second.Store(c + TVector.Width);
    }

    private static void CopyEdge(float* edge, int width, int rows, int columns, bool add, float* c, nint strideC)
    {
        for (int row = 0; row < rows; row++)
        {
            RowArithmetic.CopyOrAdd(edge + (row * width), columns, add, c + (row * strideC));
        }
    }
}
