// C [m, n] (+)= op(A) [m, k] · op(B) [k, n]
using System.Diagnostics;

namespace Avion.Compute;

/// <summary>A tile of C as the library left it: float32, in its place in C or, where C is of bfloat16, beside it.</summary>
internal unsafe struct MatrixTile
{
    /// <summary>Its first row and column in C.</summary>
    public int FirstRow, FirstColumn;

    /// <summary>Its extents.</summary>
    public int RowCount, ColumnCount;

    /// <summary>The first number, and numbers from one row to the next.</summary>
    public float* Numbers;

    /// <inheritdoc cref="Numbers" />
    public int Stride;

    /// <summary>The numbers of a row, counted from the tile's first.</summary>
    public readonly float* Row(int row) => Numbers + ((long)row * Stride);
}

/// <summary>What is done to a tile of C while it is in the cache, such as adding a bias; where C is of bfloat16, also rounding to it.</summary>
internal interface ITileEpilogue
{
    /// <summary>Finishes the rows and columns that have just been computed.</summary>
    void Apply(in MatrixTile tile);
}

/// <summary>Nothing is done to a tile.</summary>
internal readonly struct NoEpilogue : ITileEpilogue
{
    public void Apply(in MatrixTile tile)
    {
    }
}

/// <summary>Addresses, types and extents of one product.</summary>
internal unsafe struct MatrixOperands
{
    public bool TransposeA, TransposeB;
    public int M, N, K;

    /// <summary>Float32 or BFloat16, that of A and B, and that of C, which is float32 where A and B are.</summary>
    public ElementType Type, ResultType;

    public void* A, B, C;
    public int StrideA, StrideB, StrideC;

    /// <summary>Whether the product is added to C; an epilogue adds where C is of bfloat16.</summary>
    public bool Accumulate;

    /// <summary>Computes a tile of the product, or adds it to the tile's numbers, by one call of the library.</summary>
    public readonly void Multiply(MatrixLibrary library, in MatrixTile tile, bool accumulate)
    {
        long a = TransposeA ? tile.FirstRow : (long)tile.FirstRow * StrideA;
        long b = TransposeB ? (long)tile.FirstColumn * StrideB : tile.FirstColumn;
        if (Type == ElementType.Float32)
        {
            library.Multiply(TransposeA, TransposeB, tile.RowCount, tile.ColumnCount, K, 1, (float*)A + a, StrideA, (float*)B + b, StrideB,
                accumulate ? 1 : 0, tile.Numbers, tile.Stride);
        }
        else
        {
            library.Multiply(TransposeA, TransposeB, tile.RowCount, tile.ColumnCount, K, (BFloat16*)A + a, StrideA, (BFloat16*)B + b,
                StrideB, accumulate, tile.Numbers, tile.Stride);
        }
    }
}

/// <summary>Matrix products over all workers: C is cut into tiles, each computed by one call of the library on one thread.</summary>
/// <remarks>
/// The cut depends on the shape alone and no sum is split, so results are bit-identical for any number of threads. Several
/// threads may call at once. Sums are of float32; a C of bfloat16 is rounded once, by the epilogue.
/// </remarks>
internal static unsafe class MatrixProduct
{
    /// <summary>Computes the product, of a C of float32.</summary>
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

    /// <summary>Takes and gives back in a plan what a product takes.</summary>
    public static void Plan(PlanningDevice plan, ElementType resultType, bool transposeA, int m, int n, int k)
    {
        if (resultType == ElementType.BFloat16)
        {
            (int rowTiles, int columnTiles) = MatrixTiles.For(transposeA, m, n, k);
            plan.PlanCpuScratch(0, TileCount(m, n, rowTiles, columnTiles));
        }
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
        if (operands.ResultType == ElementType.Float32)
        {
            cpu.Workers.Run(rowTiles * columnTiles, ref work);
        }
        else
        {
            work.TileCount = TileCount(operands.M, operands.N, rowTiles, columnTiles);
            using ScratchLease scratch = cpu.Scratch.Take(cpu.Workers.WorkerCount * work.TileCount);
            work.Tiles = scratch.Floats;
            cpu.Workers.Run(rowTiles * columnTiles, ref work);
        }

        shapes?.Add(operands, Stopwatch.GetTimestamp() - began);
    }

    private static long TileCount(int m, int n, int rowTiles, int columnTiles) =>
        (long)MatrixTiles.LongestPart(rowTiles, m) * MatrixTiles.LongestPart(columnTiles, n);

    private struct Work<TEpilogue> : IParallelWork where TEpilogue : struct, ITileEpilogue
    {
        public MatrixLibrary Library;
        public MatrixOperands Operands;
        public int RowTiles, ColumnTiles;
        public float* Tiles;
        public long TileCount;
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

            bool isInPlace = Operands.ResultType == ElementType.Float32;
            MatrixTile tile = new()
            {
                FirstRow = firstRow, RowCount = rows, FirstColumn = firstColumn, ColumnCount = columns,
                Numbers = isInPlace ? (float*)Operands.C + ((long)firstRow * Operands.StrideC) + firstColumn : Tiles + (worker * TileCount),
                Stride = isInPlace ? Operands.StrideC : columns,
            };
            Operands.Multiply(Library, tile, accumulate: Operands.Accumulate && isInPlace);
            Epilogue.Apply(tile);
        }
    }
}
