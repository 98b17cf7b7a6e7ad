// C [m, n] = op(A) [m, k] · op(B) [k, n] + beta · C
using System.Diagnostics;

namespace Avion.Compute;

/// <summary>What is done to a tile of C while it is in the cache, such as adding a bias.</summary>
internal interface ITileEpilogue
{
    /// <summary>Finishes the rows and columns that have just been computed.</summary>
    void Apply(int firstRow, int rowCount, int firstColumn, int columnCount);
}

/// <summary>Nothing is done to a tile.</summary>
internal readonly struct NoEpilogue : ITileEpilogue
{
    public void Apply(int firstRow, int rowCount, int firstColumn, int columnCount)
    {
    }
}

/// <summary>Addresses and extents of one product.</summary>
internal unsafe struct MatrixOperands
{
    public bool TransposeA, TransposeB;
    public int M, N, K;
    public float* A, B, C;
    public int StrideA, StrideB, StrideC;

    /// <summary>0 to write C, 1 to add to it.</summary>
    public float Beta;
}

/// <summary>Matrix products over all workers: C is cut into tiles, each computed by one call of the library on one thread.</summary>
/// <remarks>
/// The cut depends on the shape alone and no sum is split, so results are bit-identical for any number of threads. Several
/// threads may call at once.
/// </remarks>
internal static unsafe class MatrixProduct
{
    /// <summary>Computes the product.</summary>
    public static void Run(CpuDevice cpu, in MatrixOperands operands)
    {
        NoEpilogue nothing = default;
        Run(cpu, operands, ref nothing);
    }

    /// <summary>Computes the product and finishes each tile.</summary>
    public static void Run<TEpilogue>(CpuDevice cpu, in MatrixOperands operands, ref TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        (int rowTiles, int columnTiles) = MatrixTiles.For(operands.TransposeA, operands.M, operands.N, operands.K);
        Run(cpu, operands, rowTiles, columnTiles, ref epilogue);
    }

    internal static void Run<TEpilogue>(CpuDevice cpu, in MatrixOperands operands, int rowTiles, int columnTiles, ref TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        MatrixProductShapes? shapes = cpu.ProductShapes;
        long began = shapes is null ? 0 : Stopwatch.GetTimestamp();
        Work<TEpilogue> work = new()
        {
            Library = cpu.Matrix, Operands = operands, RowTiles = rowTiles, ColumnTiles = columnTiles, Epilogue = epilogue,
        };
        cpu.Workers.Run(rowTiles * columnTiles, ref work);
        shapes?.Add(operands, Stopwatch.GetTimestamp() - began);
    }

    private struct Work<TEpilogue> : IParallelWork where TEpilogue : struct, ITileEpilogue
    {
        public MatrixLibrary Library;
        public MatrixOperands Operands;
        public int RowTiles, ColumnTiles;
        public TEpilogue Epilogue;

        public void Execute(int chunk, int worker)
        {
            // Tiles of one column stripe follow each other, so workers share that part of B in the cache.
            (int firstRow, int rows) = MatrixTiles.Part(chunk % RowTiles, RowTiles, Operands.M);
            (int firstColumn, int columns) = MatrixTiles.Part(chunk / RowTiles, ColumnTiles, Operands.N);
            if (rows == 0 || columns == 0)
            {
                return;
            }

            float* a = Operands.A + (Operands.TransposeA ? firstRow : (long)firstRow * Operands.StrideA);
            float* b = Operands.B + (Operands.TransposeB ? (long)firstColumn * Operands.StrideB : firstColumn);
            float* c = Operands.C + ((long)firstRow * Operands.StrideC) + firstColumn;
            Library.Multiply(Operands.TransposeA, Operands.TransposeB, rows, columns, Operands.K, 1, a, Operands.StrideA,
                b, Operands.StrideB, Operands.Beta, c, Operands.StrideC);
            Epilogue.Apply(firstRow, rows, firstColumn, columns);
        }
    }
}
