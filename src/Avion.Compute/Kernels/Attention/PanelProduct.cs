namespace Avion.Compute;

/// <summary>Small matrix products in a worker's scratch memory: what attention needs of a matrix library, without its calls.</summary>
/// <remarks>
/// A block of the result stays in registers while the inner loop walks the depth: it loads two vectors of the right factor and meets
/// them with one element a row of the left. All strides of the left factor are constants, so that an element's address costs no
/// arithmetic. Rows and columns beyond the result are computed where a block covers them, from whatever lies there: scratch memory
/// has room for <see cref="SpareRows"/> rows more than are needed, and nothing reads them.
/// </remarks>
internal static unsafe class PanelProduct
{
    /// <summary>Largest number of rows of a block: with two vectors each as many sums as fit 32 registers.</summary>
    public const int LargestBlockRows = 12;

    /// <summary>Rows beyond the last one that a product may write.</summary>
    public const int SpareRows = LargestBlockRows;

    /// <summary>Elements from one row of a left factor to the next, or, transposed, from one column: an odd number of cache lines,
    /// so that the rows of a tile spread over the sets of a cache.</summary>
    public const int LeftStride = 208;

    /// <summary>Columns of a panel.</summary>
    public static int PanelWidth => 2 * VectorColumns;

    /// <summary>Columns of a vector.</summary>
    public static int VectorColumns => VectorWidth.Bits == 1 ? 1 : VectorWidth.Bits / 32;

    /// <summary>Columns after filling the last vector.</summary>
    public static int RoundUp(int columns) => (columns + VectorColumns - 1) / VectorColumns * VectorColumns;

    /// <summary>C = A B, or C += A B.</summary>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="columns">Columns of B and C, filled up to whole vectors.</param>
    /// <param name="depth">Columns of A, rows of B.</param>
    /// <param name="a">A.</param>
    /// <param name="b">B: its first panel, two vectors wide.</param>
    /// <param name="strideB">Elements from one row of B to the next.</param>
    /// <param name="panelStep">Elements from one panel of B to the next.</param>
    /// <param name="add">Whether C is added to.</param>
    /// <param name="c">C.</param>
    /// <param name="strideC">Elements from one row of C to the next.</param>
    public static void Multiply<TVector, TLeft>(int rows, int columns, int depth, float* a, float* b, nint strideB, nint panelStep,
        bool add, float* c, nint strideC) where TVector : struct, IFloatVector<TVector> where TLeft : ILeftLayout
    {
        int width = 2 * TVector.Width;
        for (int column = 0; column < columns; column += width, b += panelStep)
        {
            bool isNarrow = columns - column <= TVector.Width;
            for (int row = 0; row < rows;)
            {
                int blockRows = BlockRows<TVector>(rows - row);
                Block<TVector, TLeft>(blockRows, isNarrow, depth, a + (row * TLeft.RowStride), b, strideB, add,
                    c + (row * strideC) + column, strideC);
                row += blockRows;
            }
        }
    }

    /// <summary>Rows of the next block of a result.</summary>
    public static int BlockRows<TVector>(int rowsLeft) where TVector : struct, IFloatVector<TVector>
    {
        // Sixteen lanes come with 32 registers. Six and two rows cost less than twelve.
        int largest = TVector.Width == 16 ? LargestBlockRows : 6;
        return rowsLeft > 8 ? largest : rowsLeft > 2 ? 6 : 2;
    }

    /// <summary>A block of a result; see <see cref="Multiply"/>.</summary>
    public static void Block<TVector, TLeft>(int rows, bool isNarrow, int depth, float* a, float* b, nint strideB, bool add, float* c,
        nint strideC) where TVector : struct, IFloatVector<TVector> where TLeft : ILeftLayout
    {
        switch (rows)
        {
            case LargestBlockRows when isNarrow: Block<TVector, TLeft, Twelve, One>(depth, a, b, strideB, add, c, strideC); break;
            case LargestBlockRows: Block<TVector, TLeft, Twelve, Two>(depth, a, b, strideB, add, c, strideC); break;
            case 6 when isNarrow: Block<TVector, TLeft, Six, One>(depth, a, b, strideB, add, c, strideC); break;
            case 6: Block<TVector, TLeft, Six, Two>(depth, a, b, strideB, add, c, strideC); break;
            case 2 when isNarrow: Block<TVector, TLeft, Two, One>(depth, a, b, strideB, add, c, strideC); break;
            default: Block<TVector, TLeft, Two, Two>(depth, a, b, strideB, add, c, strideC); break;
        }
    }

    private static void Block<TVector, TLeft, TRows, TVectors>(int depth, float* a, float* b, nint strideB, bool add, float* c, nint strideC)
        where TVector : struct, IFloatVector<TVector> where TLeft : ILeftLayout where TRows : ICount where TVectors : ICount
    {
        TVector c00 = TVector.Zero, c01 = TVector.Zero, c10 = TVector.Zero, c11 = TVector.Zero, c20 = TVector.Zero, c21 = TVector.Zero;
        TVector c30 = TVector.Zero, c31 = TVector.Zero, c40 = TVector.Zero, c41 = TVector.Zero, c50 = TVector.Zero, c51 = TVector.Zero;
        TVector c60 = TVector.Zero, c61 = TVector.Zero, c70 = TVector.Zero, c71 = TVector.Zero, c80 = TVector.Zero, c81 = TVector.Zero;
        TVector c90 = TVector.Zero, c91 = TVector.Zero, ca0 = TVector.Zero, ca1 = TVector.Zero, cb0 = TVector.Zero, cb1 = TVector.Zero;
        for (; depth > 0; depth--, a += TLeft.DepthStride, b += strideB)
        {
            TVector b0 = TVector.Load(b), b1 = TVectors.Value > 1 ? TVector.Load(b + TVector.Width) : b0;
            AddRow<TVector, TVectors>(a[0], b0, b1, ref c00, ref c01);
            AddRow<TVector, TVectors>(a[TLeft.RowStride], b0, b1, ref c10, ref c11);
            if (TRows.Value > 2)
            {
                AddRow<TVector, TVectors>(a[2 * TLeft.RowStride], b0, b1, ref c20, ref c21);
                AddRow<TVector, TVectors>(a[3 * TLeft.RowStride], b0, b1, ref c30, ref c31);
                AddRow<TVector, TVectors>(a[4 * TLeft.RowStride], b0, b1, ref c40, ref c41);
                AddRow<TVector, TVectors>(a[5 * TLeft.RowStride], b0, b1, ref c50, ref c51);
            }

            if (TRows.Value > 6)
            {
                AddRow<TVector, TVectors>(a[6 * TLeft.RowStride], b0, b1, ref c60, ref c61);
                AddRow<TVector, TVectors>(a[7 * TLeft.RowStride], b0, b1, ref c70, ref c71);
                AddRow<TVector, TVectors>(a[8 * TLeft.RowStride], b0, b1, ref c80, ref c81);
                AddRow<TVector, TVectors>(a[9 * TLeft.RowStride], b0, b1, ref c90, ref c91);
                AddRow<TVector, TVectors>(a[10 * TLeft.RowStride], b0, b1, ref ca0, ref ca1);
                AddRow<TVector, TVectors>(a[11 * TLeft.RowStride], b0, b1, ref cb0, ref cb1);
            }
        }

        Store<TVector, TVectors>(c, c00, c01, add);
        Store<TVector, TVectors>(c + strideC, c10, c11, add);
        if (TRows.Value > 2)
        {
            c += 2 * strideC;
            Store<TVector, TVectors>(c, c20, c21, add);
            Store<TVector, TVectors>(c + strideC, c30, c31, add);
            c += 2 * strideC;
            Store<TVector, TVectors>(c, c40, c41, add);
            Store<TVector, TVectors>(c + strideC, c50, c51, add);
        }

        if (TRows.Value > 6)
        {
            c += 2 * strideC;
            Store<TVector, TVectors>(c, c60, c61, add);
            Store<TVector, TVectors>(c + strideC, c70, c71, add);
            c += 2 * strideC;
            Store<TVector, TVectors>(c, c80, c81, add);
            Store<TVector, TVectors>(c + strideC, c90, c91, add);
            c += 2 * strideC;
            Store<TVector, TVectors>(c, ca0, ca1, add);
            Store<TVector, TVectors>(c + strideC, cb0, cb1, add);
        }
    }

    /// <summary>Adds to the sums of a row what an element of the left factor gives with the vectors of the right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow<TVector, TVectors>(float element, TVector b0, TVector b1, ref TVector first, ref TVector second)
        where TVector : struct, IFloatVector<TVector> where TVectors : ICount
    {
        TVector left = TVector.Create(element);
        TVector.AddProduct(ref first, left, b0);
        if (TVectors.Value > 1)
        {
            TVector.AddProduct(ref second, left, b1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector, TVectors>(float* c, TVector first, TVector second, bool add)
        where TVector : struct, IFloatVector<TVector> where TVectors : ICount
    {
        (add ? first + TVector.Load(c) : first).Store(c);
        if (TVectors.Value > 1)
        {
            (add ? second + TVector.Load(c + TVector.Width) : second).Store(c + TVector.Width);
        }
    }

    /// <summary>How the left factor of a product lies in memory.</summary>
    public interface ILeftLayout
    {
        /// <summary>Elements from one row to the next.</summary>
        static abstract int RowStride { get; }

        /// <summary>Elements from one column to the next.</summary>
        static abstract int DepthStride { get; }
    }

    /// <summary>Rows of the factor are rows of a tile.</summary>
    public readonly struct AsStored : ILeftLayout
    {
        public static int RowStride => LeftStride;

        public static int DepthStride => 1;
    }

    /// <summary>Rows of the factor are rows of heads of up to 64 columns.</summary>
    public readonly struct NarrowRows : ILeftLayout
    {
        public static int RowStride => 64;

        public static int DepthStride => 1;
    }

    /// <summary>Rows of the factor are rows of heads of up to 128 columns.</summary>
    public readonly struct WideRows : ILeftLayout
    {
        public static int RowStride => 128;

        public static int DepthStride => 1;
    }

    /// <summary>Rows of the factor are columns of a tile.</summary>
    public readonly struct Transposed : ILeftLayout
    {
        public static int RowStride => 1;

        public static int DepthStride => LeftStride;
    }

    /// <summary>A number that the compiler knows.</summary>
    private interface ICount
    {
        static abstract int Value { get; }
    }

    private readonly struct One : ICount
    {
        public static int Value => 1;
    }

    private readonly struct Two : ICount
    {
        public static int Value => 2;
    }

    private readonly struct Six : ICount
    {
        public static int Value => 6;
    }

    private readonly struct Twelve : ICount
    {
        public static int Value => 12;
    }
}
