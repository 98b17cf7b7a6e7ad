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

    /// <summary>Multiplications and additions.</summary>
    public readonly double Flops => 2.0 * M * N * K;

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
    public static void Plan(PlanningDevice plan, ElementType type, ElementType resultType, bool transposeA, bool transposeB, int m, int n, int k)
    {
        (int rowTiles, int columnTiles) = MatrixTiles.For(transposeA, m, n, k);
        plan.PlanCpuScratch(TransposedFactor.ScratchCount(type, transposeB, m, n, k),
            ScratchPerWorker(resultType, m, n, rowTiles, columnTiles));
    }

    /// <summary>Numbers of a worker's scratch: a tile where C is of bfloat16, none where tiles are computed in place.</summary>
    internal static long ScratchPerWorker(ElementType resultType, int m, int n, int rowTiles, int columnTiles) =>
        resultType == ElementType.BFloat16
            ? (long)MatrixTiles.LongestPart(rowTiles, m) * MatrixTiles.LongestPart(columnTiles, n)
            : 0;

    internal static void Run<TEpilogue>(CpuDevice cpu, in MatrixOperands operands, int rowTiles, int columnTiles, ref TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        MatrixProductShapes? shapes = cpu.ProductShapes;
        long began = shapes is null ? 0 : Stopwatch.GetTimestamp();
        long factor = TransposedFactor.ScratchCount(operands.Type, operands.TransposeB, operands.M, operands.N, operands.K);
        long tiles = cpu.Workers.WorkerCount * ScratchPerWorker(operands.ResultType, operands.M, operands.N, rowTiles, columnTiles);
        if (factor + tiles == 0)
        {
            MatrixTileWork<TEpilogue> work = new(cpu, operands, rowTiles, columnTiles, epilogue);
            cpu.Workers.Run(work.ChunkCount, ref work);
        }
        else
        {
            using ScratchLease scratch = cpu.Scratch.Take(factor + tiles);
            MatrixOperands plain = factor == 0 ? operands : TransposedFactor.Transpose(cpu, operands, scratch.Floats);
            MatrixTileWork<TEpilogue> work = new(cpu, plain, rowTiles, columnTiles, epilogue) { Scratch = scratch.Floats + factor };
            cpu.Workers.Run(work.ChunkCount, ref work);
        }

        shapes?.Add(operands, Stopwatch.GetTimestamp() - began);
    }
}
