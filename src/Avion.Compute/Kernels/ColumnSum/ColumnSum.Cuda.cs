namespace Avion.Compute;

public static partial class ColumnSum
{
    private const int CudaAddThreads = 64;

    private static readonly CudaColumnKernel s_sum = new("ColumnSum", "column_sum");
    private static readonly CudaKernel s_addParts = new("ColumnSum", "add_parts");

    /// <summary>Adds the sums of columns to y, float32.</summary>
    /// <param name="cuda">Where.</param>
    /// <param name="x">Address of the first column's first number.</param>
    /// <param name="type">Type of x.</param>
    /// <param name="rows">N.</param>
    /// <param name="columns">How many columns are summed.</param>
    /// <param name="stride">From one row to the next, in numbers.</param>
    /// <param name="y">As many numbers as columns.</param>
    internal static unsafe void CudaAccumulate(CudaDevice cuda, nint x, ElementType type, int rows, int columns, int stride, Tensor y)
    {
        int parts = CudaColumnKernel.PartCount(rows);
        using ScratchLease scratch = cuda.Scratch.Take((long)parts * columns);
        s_sum.Launch(cuda, type, columns, x | ((nint)stride * type.SizeInBytes()), parts,
            [x, (long)stride, (nint)scratch.Floats, rows, columns]);
        CudaAddParts(cuda, (nint)scratch.Floats, parts, y);
    }

    /// <summary>Adds partial sums to y, float32, in their order: as many rows of as many numbers as y has.</summary>
    internal static void CudaAddParts(CudaDevice cuda, nint sums, int parts, Tensor y)
    {
        if (parts > 0)
        {
            int columns = (int)y.Count;
            cuda.Launch(s_addParts, ElementType.Float32, CudaGrid.Over(columns, CudaAddThreads), CudaAddThreads,
                [sums, parts, y.Data, columns]);
        }
    }
}
