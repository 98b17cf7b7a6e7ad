// C [m, n] = op(A) [m, k] · op(B) [k, n]
using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>Matrix products without any library: for machines that have none, and as an independent check of those that do.</summary>
/// <remarks>
/// Blocks of A and B are packed into panels in the order in which the inner kernel reads them, alpha and transposition being dealt
/// with on the way; the inner kernel keeps a tile of <see cref="TileRows"/> rows by three vectors of C in registers.
/// Source: Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication", section 4.
/// </remarks>
public sealed unsafe class ManagedMatrixLibrary : MatrixLibrary
{
    private const int TileRows = 4;
    private const int TileVectors = 3;

    // Packed A (rows × terms) and B (terms × columns) lie in the second-level cache: 128 KiB and 480 KiB.
    private const int BlockRows = 128;
    private const int BlockTerms = 256;
    private const int BlockColumns = 480;

    [ThreadStatic]
    private static Panels? t_panels;

    /// <inheritdoc />
    public override string Name => "managed matrix product";

    /// <inheritdoc />
    public override string Source => "built in";

    /// <inheritdoc />
    public override void Multiply(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, int strideA,
        float* b, int strideB, float beta, float* c, int strideC)
    {
        switch (VectorWidth.Bits)
        {
            case 512: Multiply<FloatVector512>(transposeA, transposeB, m, n, k, alpha, a, strideA, b, strideB, beta, c, strideC); break;
            case 256: Multiply<FloatVector256>(transposeA, transposeB, m, n, k, alpha, a, strideA, b, strideB, beta, c, strideC); break;
            case 128: Multiply<FloatVector128>(transposeA, transposeB, m, n, k, alpha, a, strideA, b, strideB, beta, c, strideC); break;
            default: Multiply<FloatScalar>(transposeA, transposeB, m, n, k, alpha, a, strideA, b, strideB, beta, c, strideC); break;
        }
    }

    private static void Multiply<TVector>(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, int strideA,
        float* b, int strideB, float beta, float* c, int strideC) where TVector : struct, IFloatVector<TVector>
    {
        if (k == 0)
        {
            Scale(c, strideC, m, n, beta);
            return;
        }

        Panels panels = t_panels ??= new Panels();
        int tileColumns = TileVectors * TVector.Width;
        for (int column = 0; column < n; column += BlockColumns)
        {
            int columns = Math.Min(BlockColumns, n - column);
            for (int term = 0; term < k; term += BlockTerms)
            {
                int terms = Math.Min(BlockTerms, k - term);
                float* blockB = transposeB ? b + ((long)column * strideB) + term : b + ((long)term * strideB) + column;
                Pack(blockB, strideB, columnsAreRows: transposeB, columns, terms, tileColumns, 1, panels.B);
                for (int row = 0; row < m; row += BlockRows)
                {
                    int rows = Math.Min(BlockRows, m - row);
                    float* blockA = transposeA ? a + ((long)term * strideA) + row : a + ((long)row * strideA) + term;
                    Pack(blockA, strideA, columnsAreRows: !transposeA, rows, terms, TileRows, alpha, panels.A);
                    MultiplyBlocks<TVector>(panels, rows, columns, terms, term == 0 ? beta : 1,
                        c + ((long)row * strideC) + column, strideC);
                }
            }
        }
    }

    /// <summary>Packs a block of <paramref name="terms"/> terms into panels of
    /// <paramref name="width"/> lanes, the last filled with zeros.</summary>
    private static void Pack(float* source, int stride, bool columnsAreRows, int lanes, int terms, int width, float factor, float* target)
    {
        for (int first = 0; first < lanes; first += width)
        {
            int filled = Math.Min(width, lanes - first);
            if (columnsAreRows)
            {
                for (int lane = 0; lane < width; lane++)
                {
                    float* row = source + ((long)(first + lane) * stride);
                    for (int term = 0; term < terms; term++)
                    {
                        target[(term * width) + lane] = lane < filled ? factor * row[term] : 0;
                    }
                }
            }
            else
            {
                for (int term = 0; term < terms; term++)
                {
                    float* row = source + ((long)term * stride) + first;
                    for (int lane = 0; lane < width; lane++)
                    {
                        target[(term * width) + lane] = lane < filled ? factor * row[lane] : 0;
                    }
                }
            }

            target += (long)terms * width;
        }
    }

    private static void MultiplyBlocks<TVector>(Panels panels, int rows, int columns, int terms, float beta, float* c, int strideC)
        where TVector : struct, IFloatVector<TVector>
    {
        int tileColumns = TileVectors * TVector.Width;
        float* edge = stackalloc float[TileRows * TileVectors * 16];
        for (int column = 0; column < columns; column += tileColumns)
        {
            float* panelB = panels.B + ((long)column * terms);
            for (int row = 0; row < rows; row += TileRows)
            {
                float* panelA = panels.A + ((long)row * terms);
                float* tile = c + ((long)row * strideC) + column;
                int filledRows = Math.Min(TileRows, rows - row), filledColumns = Math.Min(tileColumns, columns - column);
                if (filledRows == TileRows && filledColumns == tileColumns)
                {
                    MultiplyTile<TVector>(panelA, panelB, terms, beta, tile, strideC);
                    continue;
                }

                MultiplyTile<TVector>(panelA, panelB, terms, 0, edge, tileColumns);
                for (int i = 0; i < filledRows; i++)
                {
                    for (int j = 0; j < filledColumns; j++)
                    {
                        float* value = tile + ((long)i * strideC) + j;
                        *value = edge[(i * tileColumns) + j] + (beta == 0 ? 0 : beta * *value);
                    }
                }
            }
        }
    }

    /// <summary>The inner kernel: twelve sums of products in registers, one pass over the terms.</summary>
    private static void MultiplyTile<TVector>(float* a, float* b, int terms, float beta, float* c, int strideC)
        where TVector : struct, IFloatVector<TVector>
    {
        TVector c00 = TVector.Zero, c01 = c00, c02 = c00, c10 = c00, c11 = c00, c12 = c00;
        TVector c20 = c00, c21 = c00, c22 = c00, c30 = c00, c31 = c00, c32 = c00;
        for (int term = 0; term < terms; term++)
        {
            TVector b0 = TVector.Load(b), b1 = TVector.Load(b + TVector.Width), b2 = TVector.Load(b + (2 * TVector.Width));
            TVector row = TVector.Create(a[0]);
            c00 = TVector.MultiplyAdd(row, b0, c00);
            c01 = TVector.MultiplyAdd(row, b1, c01);
            c02 = TVector.MultiplyAdd(row, b2, c02);
            row = TVector.Create(a[1]);
            c10 = TVector.MultiplyAdd(row, b0, c10);
            c11 = TVector.MultiplyAdd(row, b1, c11);
            c12 = TVector.MultiplyAdd(row, b2, c12);
            row = TVector.Create(a[2]);
            c20 = TVector.MultiplyAdd(row, b0, c20);
            c21 = TVector.MultiplyAdd(row, b1, c21);
            c22 = TVector.MultiplyAdd(row, b2, c22);
            row = TVector.Create(a[3]);
            c30 = TVector.MultiplyAdd(row, b0, c30);
            c31 = TVector.MultiplyAdd(row, b1, c31);
            c32 = TVector.MultiplyAdd(row, b2, c32);
            a += TileRows;
            b += TileVectors * TVector.Width;
        }

        StoreRow(c, beta, c00, c01, c02);
        StoreRow(c + strideC, beta, c10, c11, c12);
        StoreRow(c + (2L * strideC), beta, c20, c21, c22);
        StoreRow(c + (3L * strideC), beta, c30, c31, c32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow<TVector>(float* c, float beta, TVector sum0, TVector sum1, TVector sum2)
        where TVector : struct, IFloatVector<TVector>
    {
        if (beta != 0)
        {
            TVector factor = TVector.Create(beta);
            sum0 = TVector.MultiplyAdd(factor, TVector.Load(c), sum0);
            sum1 = TVector.MultiplyAdd(factor, TVector.Load(c + TVector.Width), sum1);
            sum2 = TVector.MultiplyAdd(factor, TVector.Load(c + (2 * TVector.Width)), sum2);
        }

        sum0.Store(c);
        sum1.Store(c + TVector.Width);
        sum2.Store(c + (2 * TVector.Width));
    }

    /// <summary>A thread's packed blocks, freed some time after the thread has ended.</summary>
    private sealed class Panels
    {
        // Rounded up to whole panels of the widest vectors.
        private const int LargestTileColumns = TileVectors * 16;

        public readonly float* A = Allocate(BlockRows * BlockTerms);
        public readonly float* B = Allocate((BlockColumns + LargestTileColumns) * BlockTerms);

        ~Panels()
        {
            NativeMemory.AlignedFree(A);
            NativeMemory.AlignedFree(B);
        }

        private static float* Allocate(int count) => (float*)NativeMemory.AlignedAlloc((nuint)count * sizeof(float), Device.Alignment);
    }
}
