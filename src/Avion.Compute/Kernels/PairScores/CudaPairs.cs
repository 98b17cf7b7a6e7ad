namespace Avion.Compute;

/// <summary>Blocks of the kernels of <c>PairTiles.cuh</c>, which losses over pairs have on GPUs.</summary>
internal static class CudaPairs
{
    /// <summary>Threads of a block.</summary>
    public const int Threads = 128;

    private const int TileRows = 64, OutputBytes = 256;

    /// <summary>Blocks that keep these rows.</summary>
    public static CudaGrid GridOf(Tensor kept) => new(Tiles(kept));

    /// <summary>Blocks that write the gradient of the kept rows; where it is absent, those that sum over them.</summary>
    public static CudaGrid GridOf(Tensor kept, Tensor gradient)
    {
        int columnsOfBlock = OutputBytes / kept.Type.SizeInBytes();
        return new CudaGrid(Tiles(kept), gradient.IsAbsent ? 1 : CudaGrid.BlocksOver(kept.Shape.Columns, columnsOfBlock));
    }

    private static int Tiles(Tensor kept) => CudaGrid.BlocksOver(kept.Shape.Rows, TileRows);
}
