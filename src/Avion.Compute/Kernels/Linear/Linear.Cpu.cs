using System.Diagnostics;

namespace Avion.Compute;

public static partial class Linear
{
    // Partial sums end at a whole cache line, behind which a worker's tile begins.
    private const int Alignment = Device.Alignment / sizeof(float);

    private static long CpuPartialCount(Tensor dy, Tensor dbias) => dbias.IsAbsent ? 0
        : (ColumnSum.CpuPartialCount(dy.Shape.Rows, dy.Shape.Columns) + Alignment - 1) / Alignment * Alignment;

    private static long CpuScratchPerWorker(Tensor dx, int outputs)
    {
        (int rowTiles, int columnTiles) = MatrixTiles.For(transposeA: false, dx.Shape.Rows, dx.Shape.Columns, outputs);
        return MatrixProduct.ScratchPerWorker(dx.Type, dx.Shape.Rows, dx.Shape.Columns, rowTiles, columnTiles);
    }

    private static void CpuBackward(CpuDevice cpu, Tensor dy, Tensor x, Tensor weight, bool isInputMajor, Tensor dweight, Tensor dbias,
        bool accumulate, Tensor dx)
    {
        (Tensor left, Tensor right) = Factors(dy, x, isInputMajor);
        MatrixOperands ofWeight = MatrixMultiply.Operands(left, true, right, false, dweight, accumulate: true);
        MatrixOperands ofInput = MatrixMultiply.Operands(dy, false, weight, isInputMajor, dx, accumulate);
        MatrixMultiply.CheckTypes(left, right, default, dweight);
        MatrixMultiply.CheckTypes(dy, weight, default, dx);
        if (dx.Type == ElementType.BFloat16)
        {
            CpuBackward<BFloat16, MatrixMultiply.Epilogue<BFloat16, BFloat16>>(cpu, ofWeight, ofInput,
                MatrixMultiply.EpilogueOf<BFloat16, BFloat16>(ofInput, bias: default), dy, dbias);
        }
        else if (dy.Type == ElementType.BFloat16)
        {
            CpuBackward<BFloat16, NoEpilogue>(cpu, ofWeight, ofInput, default, dy, dbias);
        }
        else
        {
            CpuBackward<float, NoEpilogue>(cpu, ofWeight, ofInput, default, dy, dbias);
        }
    }

    /// <summary>Tiles of both products and chunks of the sums, all shared as one.</summary>
    private static unsafe void CpuBackward<T, TEpilogue>(CpuDevice cpu, in MatrixOperands ofWeight, in MatrixOperands ofInput,
        in TEpilogue epilogue, Tensor dy, Tensor dbias)
        where T : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        MatrixProductShapes? shapes = cpu.ProductShapes;
        long began = shapes is null ? 0 : Stopwatch.GetTimestamp();
        long partials = CpuPartialCount(dy, dbias);
        MatrixTileWork<NoEpilogue> weightTiles = new(cpu, ofWeight, default);
        MatrixTileWork<TEpilogue> inputTiles = new(cpu, ofInput, epilogue);
        using ScratchLease scratch = cpu.Scratch.Take(partials + (cpu.Workers.WorkerCount * inputTiles.ScratchPerWorker));
        inputTiles.Scratch = scratch.Floats + partials;
        JointWork<MatrixTileWork<NoEpilogue>, MatrixTileWork<TEpilogue>> products = new(weightTiles, weightTiles.ChunkCount, inputTiles,
            inputTiles.ChunkCount);
        ColumnSum.Work<T> sums = new(dy, scratch.Floats);
        JointWork<JointWork<MatrixTileWork<NoEpilogue>, MatrixTileWork<TEpilogue>>, ColumnSum.Work<T>> all = new(products,
            products.ChunkCount, sums, dbias.IsAbsent ? 0 : sums.ChunkCount);
        cpu.Workers.Run(all.ChunkCount, ref all);
        if (!dbias.IsAbsent)
        {
            sums.AddTo(dbias);
        }

        shapes?.Add(ofWeight, ofInput, Stopwatch.GetTimestamp() - began);
    }
}
