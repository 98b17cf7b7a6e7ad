namespace Avion.Compute;

/// <summary>A kernel that walks a matrix by columns, in two variants: lanes of 16 bytes and lanes of one column; <c>Columns.cuh</c>.</summary>
/// <param name="source">Name of the source file without its ending.</param>
/// <param name="name">What the names of the variants begin with: <c>name_packs_bf16</c>, <c>name_bf16</c>.</param>
internal sealed class CudaColumnKernel(string source, string name)
{
    // Blocks whose partial sums a second kernel adds: a number of rows alone decides it, so that results do not depend on the device.
    private const int MostParts = 256, RowsOfPart = 64;
    private const int Threads = 256, Lanes = 32, RowsOfWalk = 32, PackBytes = 16, MostBlocks = 65535;

    private readonly CudaKernel _ofPacks = new(source, $"{name}_packs"), _ofAny = new(source, name);

    /// <summary>How many blocks share the sum of so many rows: 0 for none.</summary>
    public static int PartCount(int rows) => Math.Min(MostParts, CudaGrid.BlocksOver(rows, RowsOfPart));

    /// <summary>How many blocks share rows that are independent.</summary>
    public static int WalkCount(int rows) => Math.Min(MostBlocks, CudaGrid.BlocksOver(rows, RowsOfWalk));

    /// <summary>Launches the variant that fits.</summary>
    /// <param name="cuda">Where.</param>
    /// <param name="type">Which type's variant.</param>
    /// <param name="columns">Columns that are walked; none launches nothing.</param>
    /// <param name="alignment">All addresses, and all distances between rows in bytes, joined by <c>|</c>: multiples of a pack or not.</param>
    /// <param name="blocks">Blocks along y.</param>
    /// <param name="arguments">Values of the parameters, in order.</param>
    /// <param name="groups">Blocks along z.</param>
    public void Launch(CudaDevice cuda, ElementType type, int columns, nint alignment, int blocks, ReadOnlySpan<CudaArgument> arguments,
        int groups = 1)
    {
        int width = PackBytes / type.SizeInBytes();
        bool hasPacks = columns % width == 0 && alignment % PackBytes == 0;
        int lanes = hasPacks ? columns / width : columns;
        cuda.Launch(hasPacks ? _ofPacks : _ofAny, type, new CudaGrid(CudaGrid.BlocksOver(lanes, Lanes), blocks, groups), Threads, arguments);
    }
}
